// SPDX-License-Identifier: Apache-2.0
// Figures as bars from the left, one below the other, each a link to its conversations.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { AnalyticsRow } from "../api";
import { cx } from "../ui";
import { behind } from "./figures";

export interface Bar {
  row: AnalyticsRow;
  name: ReactNode;
  /** Of the whole width, 0 to 1. */
  part: number;
  value: string;
  note?: ReactNode;
  colour?: string;
}

export function Bars({ label, bars }: { label: string; bars: readonly Bar[] }) {
  return (
    <ul aria-label={label} className="flex flex-col gap-0.5">
      {bars.map(({ row, name, part, value, note, colour }, i) => (
        <li key={i}>
          <Link to="/inbox" search={behind(row)} preload={false}
                className="-mx-2 grid grid-cols-[7rem_minmax(0,1fr)_auto] items-center gap-x-3 rounded-md px-2 py-1.5 text-ink no-underline hover:bg-sunk">
            <span className="flex min-w-0 items-center gap-2 truncate">{name}</span>
            <span className="h-3.5 rounded-sm bg-sunk" aria-hidden="true">
              <span className={cx("block h-full rounded-sm", colour ?? "bg-accent")} style={{ width: `${100 * Math.min(1, Math.max(0, part))}%` }} />
            </span>
            <span className="flex min-w-24 items-center justify-end gap-2 text-right">
              {note}<span className="font-semibold tabular-nums">{value}</span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
