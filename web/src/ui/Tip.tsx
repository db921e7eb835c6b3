// SPDX-License-Identifier: Apache-2.0
// A tip at an element, by pointer and by focus. It says what can be seen otherwise too (a label that
// is read out, a full time): on a touch screen there are no tips.
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { Keys } from "./Kbd";

export const TipProvider = ({ children }: { children: ReactNode }) => (
  <Tooltip.Provider delayDuration={400} skipDelayDuration={200}>{children}</Tooltip.Provider>
);

interface TipProps {
  words: ReactNode;
  keys?: string | undefined;
  side?: "top" | "right" | "bottom" | "left";
  children: ReactNode;
}

export function Tip({ words, keys, side = "bottom", children }: TipProps) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content side={side} sideOffset={6} collisionPadding={8}
                         className="z-50 flex max-w-80 items-center gap-2 rounded-md bg-ink px-2 py-1 text-sm text-ground shadow-pop">
          {words}{keys && <Keys keys={keys} inverse />}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
