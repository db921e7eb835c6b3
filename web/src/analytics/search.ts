// SPDX-License-Identifier: Apache-2.0
// What the page keeps in its address: the span of days, as a length up to today or by its two ends.
export const lengths = [7, 30, 90] as const;

export interface AnalyticsSearch {
  /** So many days up to today. */
  days?: number;
  /** YYYY-MM-DD, in the business's time zone; both or none. */
  from?: string;
  until?: string;
}

export const isDay = (value: unknown): value is string =>
  typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value));

const dayMs = 86_400_000;
/** The server counts a year at most. */
export const mostDays = 366;

export const daysOf = (from: string, until: string): number => Math.round((Date.parse(until) - Date.parse(from)) / dayMs) + 1;

export function addDays(day: string, n: number): string {
  return new Date(Date.parse(day) + n * dayMs).toISOString().slice(0, 10);
}

export function readAnalyticsSearch(search: Record<string, unknown>): AnalyticsSearch {
  const { from, until } = search;
  if (isDay(from) && isDay(until) && from <= until && daysOf(from, until) <= mostDays) return { from, until };
  const days = lengths.find((n) => n === Number(search.days));
  return days ? { days } : {};
}
