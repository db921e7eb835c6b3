// SPDX-License-Identifier: Apache-2.0
// A part of the page under its heading, with how many there are.
import { useId, type ReactNode } from "react";
import { cx } from "../ui";
import { count as inWords } from "../words/times";

interface SectionProps {
  title: string;
  count?: number | undefined;
  about?: string;
  className?: string;
  children: ReactNode;
}

export function Section({ title, count, about, className, children }: SectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={cx("min-w-0 rounded-xl border border-line bg-panel", className)}>
      <header className="border-b border-line px-4 py-2.5">
        <h2 id={id} className="text-lg font-semibold">
          {title}{count !== undefined && <span className="ml-2 font-normal text-ink-2 tabular-nums">{inWords(count)}</span>}
        </h2>
        {about && <p className="text-sm text-ink-2">{about}</p>}
      </header>
      {children}
    </section>
  );
}
