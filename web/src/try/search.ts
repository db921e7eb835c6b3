// SPDX-License-Identifier: Apache-2.0
// What the page keeps in its address: by which way Ava is tried.
export const ways = ["sms", "whatsapp", "email", "voice"] as const;
export type Way = (typeof ways)[number];

export interface TrySearch {
  way?: Way;
}

export function readTrySearch(search: Record<string, unknown>): TrySearch {
  const way = ways.find((one) => one === search.way);
  return way ? { way } : {};
}
