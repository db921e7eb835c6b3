// SPDX-License-Identifier: Apache-2.0
// A column a day, each of its channels in its own colour, each leading to its conversations. Plain
// boxes: what is drawn here is simple enough for them, and every column is a link that can be read out.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { AnalyticsRow, Channel } from "../api";
import { channels } from "../inbox/search";
import { cx } from "../ui";
import { useWords } from "../words";
import { count } from "../words/times";
import { behind, scaleFor, type DayFigure } from "./figures";
import { longDay, shortDay } from "./days";
import { moveByKeys } from "./useCells";

export const channelColour: Record<Channel, string> = {
  voice: "bg-chart-voice", sms: "bg-chart-sms", email: "bg-chart-email", whatsapp: "bg-chart-whatsapp", web: "bg-chart-web",
};

interface ColumnsProps {
  label: string;
  days: readonly DayFigure[];
  /** "12 conversations" */
  say: (n: number) => string;
  /** Drawn is the value, not how many conversations there were. */
  amount?: boolean;
  className?: string;
}

const inOrder = (of: DayFigure): AnalyticsRow[] =>
  channels.flatMap((c) => of.channels.find((r) => r.channel === c) ?? []).filter((r) => r.n > 0);

export function Columns({ label, days, say, amount = false, className }: ColumnsProps) {
  const w = useWords();
  const [at, setAt] = useState<DayFigure | null>(null);
  const size = (r: AnalyticsRow): number => (amount ? r.value ?? 0 : r.n);
  const short = amount ? say : count;
  const { top, lines } = scaleFor(Math.max(0, ...days.map((d) => size(d.all))), amount);
  const parts = (d: DayFigure): string => inOrder(d).map((r) => `${w.common.channels[r.channel!]} ${short(size(r))}`).join(" · ");
  const every = Math.ceil(days.length / 6);
  return (
    <div className={className}>
      <p className="min-h-5 truncate text-sm text-ink-2" aria-hidden="true">
        {at && <><span className="font-medium text-ink">{longDay(at.day)}</span> · {say(size(at.all))}{at.all.n > 0 && <> · {parts(at)}</>}</>}
      </p>
      <div className={cx("relative mt-1 h-44", amount ? "ml-14" : "ml-9")} onPointerLeave={() => setAt(null)}>
        {lines.map((n) => (
          <div key={n} className="absolute inset-x-0 border-t border-line" style={{ bottom: `${(100 * n) / top}%` }} aria-hidden="true">
            <span className="absolute right-full mr-2 -translate-y-1/2 text-xs text-ink-2 tabular-nums">{short(n)}</span>
          </div>
        ))}
        <ol aria-label={label} onKeyDown={moveByKeys} className="relative flex h-full items-stretch border-b border-line-strong">
          {days.map((d, i) => (
            <li key={d.day} className="min-w-0 flex-1">
              <Link to="/inbox" search={behind(d.all)} preload={false} data-cell={`0,${i}`} tabIndex={i === 0 ? 0 : -1}
                    aria-label={`${longDay(d.day)}: ${say(size(d.all))}${d.all.n > 0 ? `, ${parts(d)}` : ""}`}
                    onPointerEnter={() => setAt(d)} onFocus={() => setAt(d)} onBlur={() => setAt(null)}
                    className={cx("flex h-full flex-col justify-end hover:bg-sunk focus-visible:-outline-offset-1", days.length > 45 ? "px-px" : "px-[12%]")}>
                {[...inOrder(d)].reverse().map((r) => (
                  <span key={r.channel} className={cx("block min-h-px w-full first:rounded-t-sm", channelColour[r.channel!])} style={{ height: `${(100 * size(r)) / top}%` }} />
                ))}
              </Link>
            </li>
          ))}
        </ol>
      </div>
      <div className={cx("mt-1 flex text-xs text-ink-2", amount ? "ml-14" : "ml-9")} aria-hidden="true">
        {days.map((d, i) => (
          <span key={d.day} className="min-w-0 flex-1 overflow-visible whitespace-nowrap">{i % every === 0 && shortDay(d.day)}</span>
        ))}
      </div>
    </div>
  );
}
