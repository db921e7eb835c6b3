// SPDX-License-Identifier: Apache-2.0
// Finds figures among a report's rows, and says what they mean beside those of before. Pure.
import type { Analytics, AnalyticsRow, AnsweredBy, Channel } from "../api";
import { readInboxSearch, type InboxFilter } from "../inbox/search";

type Of = { [K in "day" | "channel" | "answered_by" | "stage" | "measure"]?: AnalyticsRow[K] };

/** The row of exactly that: what is not named is of all. */
export function rowOf(of: Analytics | undefined, want: Of): AnalyticsRow | undefined {
  const { day = null, channel = null, answered_by = null, stage = null, measure } = want;
  return of?.rows.find((r) => r.day === day && r.channel === channel && r.answered_by === answered_by && r.stage === stage &&
    r.weekday === null && (measure === undefined || r.measure === measure));
}

/** The list's filter for what is behind a figure. */
export const behind = (row: AnalyticsRow): InboxFilter => readInboxSearch(Object.fromEntries(new URLSearchParams(row.query)));

export interface DayFigure {
  day: string;
  all: AnalyticsRow;
  channels: readonly (AnalyticsRow & { channel: Channel })[];
}

/** A day's figures together, in order. */
export function daysOfReport(of: Analytics): DayFigure[] {
  const days = new Map<string, DayFigure>();
  const rows = of.rows.filter((r) => r.day !== null);
  for (const r of rows) if (r.channel === null) days.set(r.day!, { day: r.day!, all: r, channels: [] });
  for (const r of rows) {
    const day = days.get(r.day!);
    if (day && r.channel !== null) day.channels = [...day.channels, r as AnalyticsRow & { channel: Channel }];
  }
  return [...days.values()];
}

export type Trend = "up" | "down" | "same";

/** How it went on from before; null: nothing to compare with. */
export function trendOf(value: number | null, before: number | null): { trend: Trend; percent: number | null } | null {
  if (value === null || before === null) return null;
  if (value === before) return { trend: "same", percent: 0 };
  return { trend: value > before ? "up" : "down", percent: before === 0 ? null : Math.round((100 * (value - before)) / before) };
}

/** A scale's end and its lines: at most four of them, at round numbers, whole ones unless there are parts. */
export function scaleFor(most: number, parts = false): { top: number; lines: number[] } {
  if (most <= 0) return { top: 1, lines: [] };
  const rough = most / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = Math.max(parts ? 0 : 1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough);
  const lines = Array.from({ length: Math.ceil(most / step) }, (_, i) => (i + 1) * step);
  return { top: lines.at(-1) ?? most, lines };
}

export const stages = ["contact", "intent", "offered", "booked", "kept"] as const;
export const answerers: readonly AnsweredBy[] = ["assistant", "staff", "both"];
