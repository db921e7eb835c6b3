// SPDX-License-Identifier: Apache-2.0
// Parts of a page of which one is seen. Where the part belongs into the address, use links instead.
import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

interface TabsProps<T extends string> {
  label: string;
  value: T;
  change: (to: T) => void;
  tabs: readonly { value: T; words: ReactNode; children: ReactNode }[];
}

export function Tabs<T extends string>({ label, value, change, tabs }: TabsProps<T>) {
  return (
    <Radix.Root value={value} onValueChange={(to) => change(to as T)} className="flex min-h-0 flex-1 flex-col">
      <Radix.List aria-label={label} className="flex gap-1 border-b border-line px-4">
        {tabs.map((t) => (
          <Radix.Trigger key={t.value} value={t.value}
                         className="-mb-px border-b-2 border-transparent px-2.5 py-2 font-medium text-ink-2 hover:text-ink data-[state=active]:border-accent data-[state=active]:text-accent-text">
            {t.words}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((t) => <Radix.Content key={t.value} value={t.value} className="min-h-0 flex-1 overflow-y-auto">{t.children}</Radix.Content>)}
    </Radix.Root>
  );
}
