// SPDX-License-Identifier: Apache-2.0
// What the inbox keeps in the address: its filters, by the names that the operation list_conversations
// has for them. A value that is not known reads as absent, so that an old or a mistyped address shows
// something.
import type { AnsweredBy, Channel, ConversationStatus, Outcome, Sentiment, Stage } from "../api";

export const channels: readonly Channel[] = ["voice", "sms", "email", "whatsapp", "web"];
export const statuses: readonly ConversationStatus[] = ["active", "completed", "failed"];
export const sentiments: readonly Sentiment[] = ["positive", "neutral", "mixed", "negative"];
export const outcomes: readonly Outcome[] = [
  "appointment_scheduled", "appointment_rescheduled", "appointment_cancelled", "info_request", "complaint", "unresolved",
];

export interface InboxFilter {
  q?: string;
  channel?: Channel;
  status?: ConversationStatus;
  /** me, none, or a member of the staff by id. */
  assigned?: string;
  unread?: boolean;
  needs_person?: boolean;
  snoozed?: boolean;
  outcome?: Outcome;
  sentiment?: Sentiment;
  tag?: string;
  customer_id?: number;
  /** Began at or after, and before: links of the analytics have them. */
  from?: string;
  until?: string;
  answered_by?: AnsweredBy;
  escalated?: boolean;
  /** A language model was asked for it. */
  model?: boolean;
  stage?: Stage;
  /** 1 Monday to 7 Sunday, and the hour, in the business's zone. */
  weekday?: number;
  hour?: number;
}

const answerers: readonly AnsweredBy[] = ["assistant", "staff", "both"];
const stages: readonly Stage[] = ["intent", "offered", "booked", "kept"];

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const isConversationId = (value: unknown): value is string => typeof value === "string" && uuid.test(value);

const oneOf = <T extends string>(all: readonly T[], value: unknown): T | undefined => all.find((one) => one === value);
const yesNo = (value: unknown): boolean | undefined =>
  value === true || value === "true" ? true : value === false || value === "false" ? false : undefined;
const anId = (value: unknown): string | undefined => (isConversationId(value) ? value : undefined);

function aNumber(value: unknown): number | undefined {
  const n = Number(value);
  return Number.isSafeInteger(n) && n > 0 ? n : undefined;
}

function numberIn(from: number, to: number, value: unknown): number | undefined {
  const n = value === undefined || value === "" ? NaN : Number(value);
  return Number.isInteger(n) && n >= from && n <= to ? n : undefined;
}

/** As the server takes it: RFC 3339 in UTC. */
function aTime(value: unknown): string | undefined {
  const at = typeof value === "string" ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** Without the members that are undefined: two equal filters are one key. */
function present<T extends object>(filter: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(filter).filter(([, v]) => v !== undefined)) as T;
}

export function readInboxSearch(search: Record<string, unknown>): InboxFilter {
  const { q, assigned } = search;
  return present<InboxFilter>({
    q: typeof q === "string" || typeof q === "number" ? String(q).trim().slice(0, 200) || undefined : undefined,
    channel: oneOf(channels, search.channel),
    status: oneOf(statuses, search.status),
    assigned: assigned === "me" || assigned === "none" ? assigned : anId(assigned),
    unread: yesNo(search.unread),
    needs_person: yesNo(search.needs_person),
    snoozed: yesNo(search.snoozed),
    outcome: oneOf(outcomes, search.outcome),
    sentiment: oneOf(sentiments, search.sentiment),
    tag: anId(search.tag),
    customer_id: aNumber(search.customer_id),
    from: aTime(search.from),
    until: aTime(search.until),
    answered_by: oneOf(answerers, search.answered_by),
    escalated: yesNo(search.escalated),
    model: yesNo(search.model),
    stage: oneOf(stages, search.stage),
    weekday: numberIn(1, 7, search.weekday),
    hour: numberIn(0, 23, search.hour),
  });
}
