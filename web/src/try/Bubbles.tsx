// SPDX-License-Identifier: Apache-2.0
// What both sides wrote or said as the customer's own device shows it: own words at the right.
import { useLayoutEffect, useRef, type ReactNode } from "react";
import { cx } from "../ui";

const nearEndPx = 80;

/** Stays at its end while the reader is there. */
export function Log({ label, count, children }: { label: string; count: string | number; children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  useLayoutEffect(() => {
    if (atEnd.current) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [count]);
  return (
    <div ref={box} role="log" aria-label={label} tabIndex={0}
         onScroll={({ currentTarget: el }) => { atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < nearEndPx; }}
         className="flex min-h-0 flex-1 flex-col overflow-y-auto px-4 py-3 focus-visible:-outline-offset-3">
      {children}
    </div>
  );
}

export function BubbleOf({ mine, foot, bad, children }: { mine: boolean; foot: ReactNode; bad?: boolean; children: ReactNode }) {
  return (
    <li className={cx("my-1.5 flex w-fit max-w-[85%] flex-col", mine && "ml-auto items-end")} data-mine={mine}>
      <p className={cx("rounded-2xl px-3.5 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]",
                       mine ? "rounded-br-sm bg-accent text-accent-ink" : "rounded-bl-sm bg-sunk")}>{children}</p>
      <p className={cx("mt-0.5 px-1 text-sm", bad ? "font-medium text-poor" : "text-ink-2")}>{foot}</p>
    </li>
  );
}

/** Things to try, each sent as it is. */
export function Tries({ label, tries, take }: { label: string; tries: readonly string[]; take: (text: string) => void }) {
  return (
    <ul aria-label={label} className="-mx-4 flex gap-1.5 overflow-x-auto px-4 py-0.5 wide:mx-0 wide:flex-wrap wide:px-0">
      {tries.map((text) => (
        <li key={text}>
          <button type="button" onClick={() => take(text)}
                  className="min-h-7 rounded-full whitespace-nowrap border border-line bg-panel px-3 text-left text-sm text-accent-text hover:bg-accent-soft">{text}</button>
        </li>
      ))}
    </ul>
  );
}
