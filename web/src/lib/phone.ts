// SPDX-License-Identifier: Apache-2.0
// Telephone numbers as people write them. North American ones at once; what is needed for all others
// is large and comes when the page has time, after which they are drawn anew.
import { useSyncExternalStore } from "react";

type Format = (phone: string) => string;

let full: Format | null = null;
const watchers = new Set<() => void>();

async function load(): Promise<void> {
  const { parsePhoneNumberFromString } = await import("libphonenumber-js/min");
  full = (phone) => {
    const parsed = phone.startsWith("+") ? parsePhoneNumberFromString(phone) : undefined;
    return parsed?.isPossible() ? parsed.formatInternational() : phone;
  };
  for (const watcher of watchers) watcher();
}

/** Once, when what is needed at once has been loaded. */
export function startPhones(): void {
  const soon = window.requestIdleCallback ?? ((f: () => void) => window.setTimeout(f, 500));
  soon(() => void load().catch(() => {}));
}

/** +15551234567 → +1 555 123 4567; what is no number stays as it is. */
export function phoneWords(phone: string): string {
  const nanp = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(phone);
  if (nanp) return `+1 ${nanp[1]} ${nanp[2]} ${nanp[3]}`;
  return full ? full(phone) : phone;
}

/** Renders again when phoneWords has learnt more. */
export function usePhones(): void {
  useSyncExternalStore((changed) => {
    watchers.add(changed);
    return () => watchers.delete(changed);
  }, () => full);
}

/** What a customer's number typed by staff means, in E.164; null when it is none. */
export async function readPhone(typed: string, country: "US" | "CA" = "US"): Promise<string | null> {
  const { parsePhoneNumberFromString } = await import("libphonenumber-js/min");
  const parsed = parsePhoneNumberFromString(typed, country);
  return parsed?.isValid() ? parsed.number : null;
}
