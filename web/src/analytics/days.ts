// SPDX-License-Identifier: Apache-2.0
// Days and numbers in words. A day is one of the business's calendar, so no zone may shift it.
import { locale, words } from "../words";

const day = (at: string, options: Intl.DateTimeFormatOptions): string =>
  new Intl.DateTimeFormat(locale(), { timeZone: "UTC", ...options }).format(new Date(`${at}T00:00:00Z`));

export const shortDay = (at: string): string => day(at, { day: "numeric", month: "short" });
export const longDay = (at: string): string => day(at, { weekday: "short", day: "numeric", month: "long" });

/** Today there, YYYY-MM-DD. */
export const todayIn = (zone: string): string => new Intl.DateTimeFormat("en-CA", { timeZone: zone, dateStyle: "short" }).format(new Date());

export const decimal = (n: number): string => n.toLocaleString(locale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export const share = (part: number, of: number): string =>
  (of === 0 ? 0 : part / of).toLocaleString(locale(), { style: "percent", maximumFractionDigits: part / of < 0.1 ? 1 : 0 });

/** Seconds as people wait them: 4 s, 3 min, 2.5 h, 3 days. */
export function waited(seconds: number): string {
  const w = words().analytics.units;
  if (seconds < 90) return w.seconds(seconds < 10 ? seconds.toLocaleString(locale(), { maximumFractionDigits: 1 }) : String(Math.round(seconds)));
  if (seconds < 90 * 60) return w.minutes(String(Math.round(seconds / 60)));
  if (seconds < 48 * 3600) return w.hours((seconds / 3600).toLocaleString(locale(), { maximumFractionDigits: 1 }));
  return w.days((seconds / 86_400).toLocaleString(locale(), { maximumFractionDigits: 1 }));
}

/** An amount of money; one below a unit keeps two digits that say something. */
export function money(n: number, currency: string): string {
  const digits = n !== 0 && Math.abs(n) < 1 ? { maximumSignificantDigits: 2, minimumFractionDigits: 2 } : {};
  return n.toLocaleString(undefined, { style: "currency", currency, ...digits });
}
