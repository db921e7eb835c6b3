// SPDX-License-Identifier: Apache-2.0
// What the appointments' page keeps in the address: how and when it looks, at whom, what is open, and
// for whom is being booked.
import { customerIdOf } from "../customers/search";
import { isDay } from "../lib/zone";

export type View = "day" | "week" | "list";
export const views: readonly View[] = ["day", "week", "list"];

export interface AppointmentSearch {
  view?: View;
  /** Absent: today. */
  day?: string;
  /** By key; absent: everybody's. */
  provider?: string;
  /** The appointment that is shown. */
  open?: number;
  /** The customer for whom a time is looked for. */
  book?: number;
}

export function readAppointmentSearch(search: Record<string, unknown>): AppointmentSearch {
  const view = views.find((v) => v === search.view);
  const open = customerIdOf(String(search.open ?? ""));
  const book = customerIdOf(String(search.book ?? ""));
  return {
    ...(view ? { view } : {}),
    ...(isDay(search.day) ? { day: search.day } : {}),
    ...(typeof search.provider === "string" && /^[a-z0-9_]{1,60}$/.test(search.provider) ? { provider: search.provider } : {}),
    ...(open ? { open } : {}),
    ...(book ? { book } : {}),
  };
}
