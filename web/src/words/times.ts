// SPDX-License-Identifier: Apache-2.0
// Times, lengths and sizes in the reader's language and time zone. Pure but for the language.
import { locale, words } from ".";
import { addDays, localIn } from "../lib/zone";

type Options = Intl.DateTimeFormatOptions;
const formats = new Map<string, Intl.DateTimeFormat>();

/** Formatters are costly to make: one of each kind and language. */
function format(name: string, options: Options): Intl.DateTimeFormat {
  const key = `${locale()} ${name}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(locale(), options)));
  return found;
}

const clock = () => format("clock", { hour: "numeric", minute: "2-digit" });

export const clockTime = (at: string | Date): string => clock().format(new Date(at));
export const fullTime = (at: string | Date): string =>
  format("full", { dateStyle: "full", timeStyle: "short" }).format(new Date(at));

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Whole calendar days from `at` to `now`, whatever the clocks did between. */
function daysBetween(at: Date, now: Date): number {
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}

/** Today, Yesterday, Friday, 3 November, 3 November 2024. */
export function dayName(at: string | Date, now: Date): string {
  const day = new Date(at);
  const days = daysBetween(day, now);
  if (days === 0) return words().common.times.today;
  if (days === 1) return words().common.times.yesterday;
  if (days === -1) return words().common.times.tomorrow;
  return day.getFullYear() === now.getFullYear()
    ? format("dayInYear", { weekday: "long", month: "long", day: "numeric" }).format(day)
    : format("dayWithYear", { dateStyle: "long" }).format(day);
}

/** Day and clock time: Today, 14:03. */
export const dayAndTime = (at: string | Date, now: Date): string =>
  words().common.times.dayAnd(dayName(at, now), clockTime(at));

/** As a list says it: now, 5 min, 14:03, Mon, 3 Nov, 3 Nov 2024. */
export function shortAge(at: string | Date, now: Date): string {
  const day = new Date(at);
  const minutes = Math.floor((now.getTime() - day.getTime()) / 60_000);
  if (minutes < 1 && minutes > -2) return words().common.times.now;
  if (minutes > 0 && minutes < 60) return words().common.times.minutes(minutes);
  const days = daysBetween(day, now);
  if (days === 0) return clock().format(day);
  if (days > 0 && days < 7) return format("weekday", { weekday: "short" }).format(day);
  return shortDate(day);
}

/** 3 Nov, 3 Nov 2024 */
export function shortDate(at: string | Date): string {
  const day = new Date(at);
  return day.getFullYear() === new Date().getFullYear()
    ? format("shortDay", { month: "short", day: "numeric" }).format(day)
    : format("shortDayWithYear", { dateStyle: "medium" }).format(day);
}

/** November 2026, as the calendar of that zone has it. */
export const monthName = (at: string | Date, zone: string): string =>
  format(`month ${zone}`, { month: "long", year: "numeric", timeZone: zone }).format(new Date(at));

/** A clock time of another zone. */
export const clockTimeIn = (at: string | Date, zone: string): string =>
  format(`clock ${zone}`, { hour: "numeric", minute: "2-digit", timeZone: zone }).format(new Date(at));

/** A day as a calendar has it ("YYYY-MM-DD"), in words: Friday, 3 November; with the year when it is another. */
export function calendarDay(day: string, today: string, length: "long" | "short" = "long"): string {
  const at = new Date(`${day}T00:00:00Z`);
  const year = day.slice(0, 4) === today.slice(0, 4) ? {} : { year: "numeric" as const };
  return format(`calendar ${length} ${"year" in year}`, { weekday: length, month: length, day: "numeric", timeZone: "UTC", ...year }).format(at);
}

/** A full hour as it stands beside a calendar: 9 AM, 17:00. */
export const hourName = (hour: number): string =>
  format("hour", { hour: "numeric", timeZone: "UTC" }).format(new Date(Date.UTC(2026, 0, 1, hour)));

/** The days of a calendar from one to another: 2 – 8 November 2026. */
export const calendarSpan = (from: string, to: string): string =>
  format("calendarSpan", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" })
    .formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));

/** Today, 14:03, in another zone. */
export function dayAndTimeIn(at: string | Date, zone: string, now: Date): string {
  const day = localIn(zone, at).day;
  const today = localIn(zone, now).day;
  const { times } = words().common;
  const near: Record<string, string> = { [addDays(today, -1)]: times.yesterday, [today]: times.today, [addDays(today, 1)]: times.tomorrow };
  return times.dayAnd(near[day] ?? calendarDay(day, today, "short"), clockTimeIn(at, zone));
}

/** 75 → 1 min 15 s */
export function duration(seconds: number): string {
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  const s = Math.floor(seconds % 60);
  if (h) return `${h} h ${m} min`;
  return m ? `${m} min ${s} s` : `${s} s`;
}

/** Seconds from the start of a call → 1:15 */
export function offset(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;
}

export const count = (n: number): string => n.toLocaleString(locale());

export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} ${words().common.bytes}`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toLocaleString(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 })} MB`;
}

/** Of a calendar without a zone: 1 Monday to 7 Sunday. */
export const weekdayName = (n: number, length: "short" | "long"): string =>
  format(`weekday ${length}`, { timeZone: "UTC", weekday: length }).format(new Date(Date.UTC(2024, 0, n)));
