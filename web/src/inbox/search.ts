// SPDX-License-Identifier: Apache-2.0
// What the inbox keeps in the address: its filters. A value that is not known reads as absent, so
// that an old or a mistyped address shows something.
import type { Channel, ConversationStatus } from "../api";

export const channels: readonly Channel[] = ["voice", "sms", "email", "whatsapp", "web"];
export const statuses: readonly ConversationStatus[] = ["active", "completed", "failed"];

export interface InboxFilter {
  channel?: Channel;
  status?: ConversationStatus;
}

const oneOf = <T extends string>(all: readonly T[], value: unknown): T | undefined => all.find((one) => one === value);

/** Without the members that are undefined: two equal filters are one key. */
function present<T extends object>(filter: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(filter).filter(([, v]) => v !== undefined)) as T;
}

export function readInboxSearch(search: Record<string, unknown>): InboxFilter {
  return present<InboxFilter>({
    channel: oneOf(channels, search.channel),
    status: oneOf(statuses, search.status),
  });
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isConversationId = (value: unknown): value is string => typeof value === "string" && uuid.test(value);
