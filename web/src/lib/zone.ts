// SPDX-License-Identifier: Apache-2.0
// Days and clock times in a named time zone, which need not be the reader's: appointments are where
// the business is. A day is "YYYY-MM-DD", a clock time minutes since midnight. Pure.

/** A moment as the clocks on the wall there show it. */
export interface Local {
  day: string;
  minutes: number;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    found = new Intl.DateTimeFormat("en-CA", {
      timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
    });
    formats.set(zone, found);
  }
  return found;
}

export function localIn(zone: string, at: string | Date): Local {
  const parts: Record<string, string> = {};
  for (const part of formatOf(zone).formatToParts(new Date(at))) parts[part.type] = part.value;
  return {
    day: `${parts.year}-${parts.month}-${parts.day}`,
    minutes: Number(parts.hour) * 60 + Number(parts.minute),
  };
}

/** The moment at which the clocks there show it. Of a time that is left out in spring: the one after it. */
export function momentIn(zone: string, day: string, minutes: number): Date {
  const meant = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  const offset = (at: number): number => {
    const local = localIn(zone, new Date(at));
    return Date.parse(`${local.day}T00:00:00Z`) + local.minutes * 60_000 - Math.floor(at / 60_000) * 60_000;
  };
  const guess = meant - offset(meant);
  return new Date(meant - offset(guess));
}

/** So many days later, or earlier. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** 1 Monday to 7 Sunday. */
export function weekdayOf(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay() || 7;
}

/** The Monday of its week. */
export const weekOf = (day: string): string => addDays(day, 1 - weekdayOf(day));

export function isDay(value: unknown): value is string {
  return typeof value === "string" && /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`));
}

/** "09:30" → 570; "24:00" is the day's end. */
export function minutesOf(clock: string): number {
  const [hours = "0", minutes = "0"] = clock.split(":");
  return Number(hours) * 60 + Number(minutes);
}

/** 570 → "09:30" */
export const clockOf = (minutes: number): string =>
  `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;

/** A zone that this browser knows, else its own. */
export function knownZone(zone: string | null | undefined): string {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return own;
  try {
    formatOf(zone);
    return zone;
  } catch {
    return own;
  }
}
