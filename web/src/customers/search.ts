// SPDX-License-Identifier: Apache-2.0
// What the customers' page keeps in the address: what is looked for, and which part of a timeline is shown.
import type { TimelineOnly } from "../api";

export const parts: readonly TimelineOnly[] = ["voice", "sms", "email", "whatsapp", "web", "appointment", "note"];

export interface CustomerSearch {
  q?: string;
  only?: TimelineOnly;
}

export function readCustomerSearch(search: Record<string, unknown>): CustomerSearch {
  const q = typeof search.q === "string" ? search.q.slice(0, 200) : "";
  const only = parts.find((part) => part === search.only);
  return { ...(q.trim() ? { q } : {}), ...(only ? { only } : {}) };
}

/** The id in an address; null when it is none. */
export function customerIdOf(text: string): number | null {
  const id = Number(text);
  return Number.isInteger(id) && id > 0 && id <= 2147483647 ? id : null;
}
