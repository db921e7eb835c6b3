// SPDX-License-Identifier: Apache-2.0
// When customers come: an hour a field, darker where more of them do. A table for who listens; one
// stop of the Tab key for who goes by keys.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Analytics, AnalyticsRow } from "../api";
import { useWords } from "../words";
import { count, hourName, weekdayName } from "../words/times";
import { behind } from "./figures";
import { moveByKeys } from "./useCells";

const weekdays = [1, 2, 3, 4, 5, 6, 7];
const hours = Array.from({ length: 24 }, (_, i) => i);

export function Hours({ of }: { of: Analytics }) {
  const w = useWords().analytics;
  const [at, setAt] = useState<AnalyticsRow | null>(null);
  const cells = new Map(of.rows.filter((r) => r.weekday !== null).map((r) => [`${r.weekday},${r.hour}`, r]));
  const most = Math.max(1, ...[...cells.values()].map((r) => r.n));
  const name = (r: AnalyticsRow): string => w.hourOf(weekdayName(r.weekday ?? 1, "long"), hourName(r.hour ?? 0));
  return (
    <div onPointerLeave={() => setAt(null)}>
      <p className="min-h-5 truncate text-sm text-ink-2" aria-hidden="true">
        {at && <><span className="font-medium text-ink">{name(at)}</span> · {w.conversations(at.n)}</>}
      </p>
      <div className="overflow-x-auto">
        <table className="mt-1 w-full min-w-136 table-fixed border-separate border-spacing-0.5" onKeyDown={moveByKeys} aria-label={w.hours}>
          <thead>
            <tr className="text-xs text-ink-2">
              <td className="w-10" />
              {hours.map((h) => (
                <th key={h} scope="col" className="text-left font-normal whitespace-nowrap">
                  <span className="sr-only">{hourName(h)}</span><span aria-hidden="true">{h % 3 === 0 && hourName(h).replace(/\s/g, "\u00a0")}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weekdays.map((day, i) => (
              <tr key={day}>
                <th scope="row" className="text-left text-xs font-normal text-ink-2">{weekdayName(day, "short")}</th>
                {hours.map((hour) => {
                  const row = cells.get(`${day},${hour}`);
                  if (!row) return <td key={hour} />;
                  return (
                    <td key={hour} className="p-0">
                      <Link to="/inbox" search={behind(row)} preload={false} data-cell={`${i},${hour}`} tabIndex={i === 0 && hour === 0 ? 0 : -1}
                            aria-label={`${name(row)}: ${w.conversations(row.n)}`}
                            onPointerEnter={() => setAt(row)} onFocus={() => setAt(row)} onBlur={() => setAt(null)}
                            className="relative block h-6 overflow-hidden rounded-sm bg-sunk hover:outline-2 hover:outline-ink">
                        <span className="absolute inset-0 bg-accent" style={{ opacity: row.n === 0 ? 0 : 0.12 + (0.88 * row.n) / most }} />
                      </Link>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-2 flex items-center justify-end gap-1.5 text-xs text-ink-2" aria-hidden="true">
        0<span className="flex">{[0.12, 0.34, 0.56, 0.78, 1].map((o) => <span key={o} className="h-3 w-5 bg-accent" style={{ opacity: o }} />)}</span>{count(most)}
      </p>
    </div>
  );
}
