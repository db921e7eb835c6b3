// SPDX-License-Identifier: Apache-2.0
// Made by tools/gen_reference from src/ops/*.def. Do not edit.
/* eslint-disable */

/** What went wrong (RFC 9457). */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  instance?: string;
  errors?: { field: string; message: string }[];
}

/** An answer that is no success. `problem` is what the server said, or what stands for it. */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "ApiError";
    this.status = problem.status;
    this.problem = problem;
  }
}

export interface RequestOptions {
  signal?: AbortSignal;
  /** The same key with the same request gets the first answer again. */
  idempotencyKey?: string;
}

let base = "";
const headersOfAll: Record<string, string> = {};

/** Where the server is; '' (the default): where the page came from. */
export function setBaseUrl(url: string): void {
  base = url.replace(/\/+$/, "");
}

/** A header for every request, such as Authorization; undefined takes it away. */
export function setHeader(name: string, value: string | undefined): void {
  if (value === undefined) delete headersOfAll[name];
  else headersOfAll[name] = value;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const found = (await response.json()) as Partial<Problem>;
    if (typeof found.title === "string") {
      return { type: "about:blank", ...found, title: found.title, status: response.status };
    }
  } catch {
    // Not JSON: something between us and the server answered.
  }
  return { type: "about:blank", title: response.statusText || "No answer", status: response.status };
}

async function send<T>(
  method: string,
  path: string,
  query: Record<string, unknown>,
  body: object | undefined,
  options: RequestOptions,
): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  const headers: Record<string, string> = { Accept: "application/json", ...headersOfAll };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (options.idempotencyKey !== undefined) headers["Idempotency-Key"] = options.idempotencyKey;
  const text = search.toString();
  const response = await fetch(base + path + (text ? `?${text}` : ""), {
    method,
    headers,
    credentials: "same-origin",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  if (!response.ok) throw new ApiError(await problemOf(response));
  return (await response.json()) as T;
}

export type Channel =
  | "voice"
  | "sms"
  | "email"
  | "whatsapp"
  | "web";

export type ConversationStatus =
  | "active"
  | "completed"
  | "failed";

export type FinalStatus =
  | "completed"
  | "failed";

export type Direction =
  | "inbound"
  | "outbound";

export type Sentiment =
  | "positive"
  | "neutral"
  | "negative"
  | "mixed";

export type Outcome =
  | "appointment_scheduled"
  | "appointment_rescheduled"
  | "appointment_cancelled"
  | "info_request"
  | "complaint"
  | "unresolved";

export type DeliveryStatus =
  | "queued"
  | "sent"
  | "delivered"
  | "failed"
  | "undelivered"
  | "received";

export type OutboxState =
  | "waiting"
  | "sending"
  | "failed";

export type AppointmentStatus =
  | "scheduled"
  | "completed"
  | "cancelled"
  | "no_show"
  | "rescheduled";

export type AttachmentState =
  | "waiting"
  | "stored"
  | "refused"
  | "failed";

export type ClosingStatus =
  | "completed"
  | "no_show";

export type TextChannel =
  | "sms"
  | "whatsapp"
  | "email";

export type TemplateChannel =
  | "any"
  | "sms"
  | "whatsapp"
  | "email"
  | "web";

export type ConsentPurpose =
  | "all"
  | "reminder"
  | "marketing";

export type ConsentState =
  | "granted"
  | "revoked";

export type ConsentSource =
  | "staff"
  | "api"
  | "web_form"
  | "paper"
  | "spoken";

export type TwinReason =
  | "email"
  | "phone"
  | "name_and_phone"
  | "name_and_email";

export type IdentityKind =
  | "phone"
  | "email";

export type TimelineKind =
  | "conversation"
  | "appointment"
  | "note";

export type TimelineOnly =
  | "voice"
  | "sms"
  | "email"
  | "whatsapp"
  | "web"
  | "appointment"
  | "note";

export type InboxState =
  | "done"
  | "failed";

export type InboxOutcome =
  | "processed"
  | "duplicate"
  | "failed";

export type OrderedPart =
  | "services"
  | "providers"
  | "locations"
  | "faq";

export type AnsweredBy =
  | "assistant"
  | "staff"
  | "both";

export type Stage =
  | "intent"
  | "offered"
  | "booked"
  | "kept";

export type Report =
  | "volume"
  | "satisfaction"
  | "funnel"
  | "response"
  | "hours"
  | "escalations"
  | "cost";

export type ReportFormat =
  | "json"
  | "csv";

export type CallTransport =
  | "twilio"
  | "browser";

export type CallState =
  | "connecting"
  | "greeting"
  | "listening"
  | "thinking"
  | "speaking"
  | "transferring"
  | "ended"
  | "waiting";

export type CallPurpose =
  | "callback"
  | "reminder"
  | "marketing";

export type ChannelPart =
  | "sms_twilio"
  | "voice_twilio"
  | "whatsapp_twilio"
  | "whatsapp_meta"
  | "mail_out_sendgrid"
  | "mail_out_smtp"
  | "mail_in_sendgrid"
  | "mail_in_imap"
  | "model"
  | "realtime"
  | "hear"
  | "speak";

export type ChannelGroup =
  | "sms"
  | "voice"
  | "whatsapp"
  | "mail_out"
  | "mail_in"
  | "model";

export type ChannelProvider =
  | "twilio"
  | "meta"
  | "sendgrid"
  | "smtp"
  | "imap"
  | "openai";

export type ChannelState =
  | "off"
  | "set_up"
  | "good"
  | "doubtful"
  | "wrong";

export type ChannelProblemKind =
  | "incomplete"
  | "unreachable"
  | "slow"
  | "encryption"
  | "credentials"
  | "forbidden"
  | "suspended"
  | "unknown"
  | "incapable"
  | "failing"
  | "unclear"
  | "not_public"
  | "not_secure"
  | "no_hook"
  | "other_hook"
  | "no_events";

export type ChannelHookKind =
  | "message"
  | "call"
  | "parse"
  | "event";

export type StaffRole =
  | "owner"
  | "agent"
  | "reader";

export type ChatSide =
  | "visitor"
  | "assistant"
  | "person";

export type ChatState =
  | "new"
  | "active"
  | "ended"
  | "moved";

export type ChatMoveChannel =
  | "sms"
  | "email";

/** It was done. */
export interface Ok {
  /** Always true */
  ok: boolean;
}

/** A call that the assistant makes. */
export interface PlacedCall {
  /** Id */
  id: string;
  /** The customer's number */
  to: string | null;
  /** The business's number */
  from: string | null;
  /** What for */
  purpose: string | null;
  /** queued until Twilio has it; then as Twilio says: initiated, ringing, in-progress, completed, busy, failed, no-answer, canceled */
  status: string;
  /** Twilio's name of it */
  call_sid: string | null;
  /** An answering machine took it, in Twilio's word (machine_end_beep, fax, ...); null: a person did, or it is not known */
  machine: string | null;
}

/** A call that goes on. */
export interface LiveCall {
  /** Id */
  call_id: string;
  /** Its conversation */
  conversation_id: string;
  /** How the caller is connected */
  transport: CallTransport;
  /** Who called */
  direction: Direction;
  /** The customer */
  customer: CustomerBrief | null;
  /** The customer's number in this call */
  phone_number: string | null;
  /** What it is at; waiting: its connection broke, or a person is dialled, and it may come back */
  state: CallState;
  /** What hears and speaks: realtime, local */
  engine: string | null;
  /** When it began */
  started_at: string;
  /** So long it has lasted */
  seconds: number;
  /** When it was last written: state and transcript are as of then */
  kept_at: string | null;
  /** Its caller can be put through to a person */
  can_transfer: boolean;
  /** Whoever asks may listen in, at /ws/calls/{conversation_id}/listen of this server */
  can_listen: boolean;
  /** Interruptions so far */
  interruption_count: number;
  /** What was said so far: speaker, text, timestamp, interrupted */
  transcript_segments: unknown[];
}

/** The calls that go on. */
export interface LiveCalls {
  /** Oldest first */
  calls: LiveCall[];
}

/** Who is asking. */
export interface Me {
  /** user, token or command */
  kind: string;
  /** Name */
  name: string;
  /** A staff member's address */
  email: string | null;
  /** Role */
  role: string;
  /** What they may do */
  permissions: string[];
  /** The server runs with the sandbox: Ava can be tried from the page */
  sandbox: boolean;
}

/** A member of the staff. */
export interface Assignee {
  /** Id */
  id: string;
  /** Name */
  name: string;
}

/** One conversation as the list shows it. */
export interface ConversationRow {
  /** Id */
  id: string;
  /** The customer */
  customer_id: number | null;
  /** Their name */
  customer_name: string | null;
  /** Their number */
  customer_phone: string | null;
  /** Channel */
  channel: Channel;
  /** Status */
  status: ConversationStatus;
  /** When it began */
  initiated_at: string;
  /** Last message */
  last_activity_at: string;
  /** When it ended */
  completed_at: string | null;
  /** 1 to 10 */
  satisfaction_score: number | null;
  /** Mood */
  sentiment: Sentiment | null;
  /** What came of it */
  outcome: Outcome | null;
  /** What it is about */
  subject: string | null;
  /** Summary */
  ai_summary: string | null;
  /** Anything else */
  metadata: Record<string, unknown> | null;
  /** Who of the staff it is assigned to */
  assigned_to: Assignee | null;
  /** A person of the staff should look: the assistant asked for it and nobody has taken it over since */
  needs_person: boolean;
  /** Put off until then, or until the customer writes */
  snoozed_until: string | null;
  /** Ids of its tags */
  tags: string[];
  /** The beginning of the last message; of a call, of its last words */
  preview?: string | null;
  /** Which way it went */
  preview_direction?: Direction | null;
  /** In the list: whoever asks has not seen the customer's last words */
  unread?: boolean;
}

/** A page of conversations. */
export interface ConversationPage {
  /** All that match; with filters other than customer, channel and status at most so many as are counted, see total_is_exact */
  total: number;
  /** false: there are more than total, or (with q) may be */
  total_is_exact: boolean;
  /** This page */
  page: number;
  /** Rows of a page */
  page_size: number;
  /** Pages */
  total_pages: number;
  /** For the next page */
  next_cursor: string | null;
  /** The rows */
  conversations: ConversationRow[];
}

/** A customer in short. */
export interface CustomerBrief {
  /** Id */
  id: number;
  /** Name */
  name: string;
  /** Telephone number */
  phone: string | null;
  /** E-mail address */
  email: string | null;
}

/** A conversation. */
export interface Conversation {
  /** Id */
  id: string;
  /** The customer */
  customer: CustomerBrief | null;
  /** Channel */
  channel: Channel;
  /** Status */
  status: ConversationStatus;
  /** When it began */
  initiated_at: string;
  /** Last message */
  last_activity_at: string;
  /** When it ended */
  completed_at: string | null;
  /** 1 to 10 */
  satisfaction_score: number | null;
  /** Mood */
  sentiment: Sentiment | null;
  /** What came of it */
  outcome: Outcome | null;
  /** What it is about */
  subject: string | null;
  /** Summary */
  ai_summary: string | null;
  /** Anything else */
  metadata: Record<string, unknown> | null;
  /** Who of the staff it is assigned to */
  assigned_to: Assignee | null;
  /** A person of the staff should look: the assistant asked for it and nobody has taken it over since */
  needs_person: boolean;
  /** Put off until then, or until the customer writes */
  snoozed_until: string | null;
  /** Ids of its tags */
  tags: string[];
  /** Whoever asks has not seen the customer's last words */
  unread?: boolean;
}

/** What is known of a call. */
export interface VoiceDetails {
  /** Length */
  duration_seconds: number;
  /** Recording */
  recording_url: string | null;
  /** speaker, text, timestamp */
  transcript_segments: unknown[] | null;
  /** name, args, result, timestamp */
  function_calls: unknown[] | null;
  /** Interruptions */
  interruption_count: number | null;
}

/** What is known of a text. */
export interface SmsDetails {
  /** Sender */
  from_number: string;
  /** Recipient */
  to_number: string;
  /** The provider's id; empty until it has taken the message */
  provider_message_id: string;
  /** Where it is */
  delivery_status: DeliveryStatus | null;
  /** SMS segments */
  segments: number | null;
  /** When it was delivered */
  delivered_at: string | null;
  /** When the customer read it; WhatsApp only */
  read_at: string | null;
  /** The provider's error code */
  error_code: string | null;
  /** The error in words */
  error_message: string | null;
}

/** What is known of an e-mail. */
export interface EmailDetails {
  /** Subject */
  subject: string;
  /** Sender */
  from_address: string;
  /** Recipient */
  to_address: string;
  /** HTML */
  body_html: string | null;
  /** filename, content_type, size, url */
  attachments: unknown[] | null;
  /** When it was opened */
  opened_at: string | null;
  /** When a link in it was first followed */
  clicked_at: string | null;
  /** When it was delivered */
  delivered_at: string | null;
  /** Where it is: queued, sent, delivered, bounced, dropped (by the provider, untried), failed; of one that came in: received */
  delivery_status: string | null;
  /** The mail server's status, such as 5.1.1 */
  error_code: string | null;
  /** The error in words */
  error_message: string | null;
}

/** A file that came with a message. */
export interface Attachment {
  /** Id */
  id: string;
  /** Which of the message's, from 0 */
  position: number;
  /** Where it is */
  state: AttachmentState;
  /** What its sender says that it is */
  declared_type: string;
  /** What it is */
  content_type: string | null;
  /** Its size */
  size_bytes: number | null;
  /** Its SHA-256, in hexadecimal */
  sha256: string | null;
  /** The name that it came with */
  filename: string | null;
  /** Why it was refused or could not be had */
  reason: string | null;
  /** Where to get it, once it is stored */
  url: string | null;
}

/** A file on its way into a message. */
export interface Upload {
  /** Id */
  id: string;
  /** For which conversation */
  conversation_id: string;
  /** Its name */
  filename: string;
  /** What it is said to be */
  content_type: string;
  /** Its size */
  size_bytes: number;
  /** So much of it is there; all of it when the two are the same */
  received_bytes: number;
}

/** A message. */
export interface Message {
  /** Id */
  id: string;
  /** Direction */
  direction: Direction;
  /** What was said */
  content: string;
  /** When */
  sent_at: string;
  /** The assistant has seen it */
  processed: boolean;
  /** Anything else */
  metadata: Record<string, unknown> | null;
  /** A call's */
  voice?: VoiceDetails;
  /** A text's */
  sms?: SmsDetails;
  /** An e-mail's */
  email?: EmailDetails;
  /** The files that came with it, in a conversation's detail */
  attachments?: Attachment[];
}

/** An event of a conversation. */
export interface Event {
  /** Id */
  id: string;
  /** What happened */
  event_type: string;
  /** When */
  timestamp: string;
  /** Anything else */
  details: Record<string, unknown> | null;
  /** The message it belongs to */
  message_id: string | null;
}

/** Who answers a conversation in the assistant's place. */
export interface Hold {
  /** user, token or command */
  kind: string;
  /** Their name */
  name: string;
  /** From when */
  since: string;
  /** Until when, unless they write or renew it */
  until: string;
  /** It is whoever asks */
  mine: boolean;
}

/** Who answers a conversation. */
export interface Holding {
  /** The conversation */
  conversation_id: string;
  /** The person; null: the assistant */
  held_by: Hold | null;
}

/** A note of the staff; never sent. */
export interface Note {
  /** Id */
  id: string;
  /** The conversation */
  conversation_id: string;
  /** Who wrote it */
  author: string;
  /** Whoever asks did */
  mine: boolean;
  /** What it says */
  content: string;
  /** When */
  created_at: string;
}

/** What the staff answer again and again. */
export interface ReplyTemplate {
  /** Id */
  id: string;
  /** Name */
  name: string;
  /** For which channel */
  channel: TemplateChannel;
  /** What it says, with its places */
  body: string;
  /** When it was changed last */
  updated_at: string;
}

/** Templates for replies. */
export interface ReplyTemplateList {
  /** By name */
  templates: ReplyTemplate[];
}

/** Filters of the list of conversations under a name. */
export interface SavedView {
  /** Id */
  id: string;
  /** Name */
  name: string;
  /** It is everybody's */
  shared: boolean;
  /** Whoever asks has made it */
  mine: boolean;
  /** Whoever asks may change it */
  may_change: boolean;
  /** Who made it */
  owner: string;
  /** The parameters of list_conversations, with their values */
  filters: Record<string, unknown>;
}

/** Views of the list of conversations. */
export interface SavedViewList {
  /** By name */
  views: SavedView[];
}

/** A tag. */
export interface Tag {
  /** Id */
  id: string;
  /** Name */
  name: string;
  /** Colour, #rrggbb */
  colour: string;
  /** So many have it */
  conversations: number;
}

/** Tags. */
export interface TagList {
  /** By name */
  tags: Tag[];
}

/** A member of the staff. */
export interface StaffMember {
  /** Id */
  id: string;
  /** Name */
  name: string;
  /** E-mail address */
  email: string;
  /** Role */
  role: string;
}

/** A member of the staff, for whoever manages access. */
export interface User {
  /** Id */
  id: string;
  /** Name */
  name: string;
  /** E-mail address */
  email: string;
  /** Role */
  role: string;
  /** When they were added */
  created_at: string;
  /** Since when they may sign in no more */
  disabled_at: string | null;
  /** Whether it is who asks */
  me: boolean;
}

/** A role. */
export interface Role {
  /** Name */
  name: StaffRole;
  /** What it is for */
  says: string;
  /** What it may do */
  permissions: string[];
}

/** Who may sign in. */
export interface UserList {
  /** By name, those that are disabled last */
  users: User[];
  /** What there is to be */
  roles: Role[];
}

/** A token of a program, without its text. */
export interface Token {
  /** Id */
  id: string;
  /** What it is for */
  name: string;
  /** Role */
  role: string;
  /** When it was made */
  created_at: string;
  /** Until when it is good */
  expires_at: string | null;
  /** Since when it is good for nothing */
  revoked_at: string | null;
  /** Whether the request was made with it */
  me: boolean;
}

/** Tokens. */
export interface TokenList {
  /** Newest first */
  tokens: Token[];
}

/** A token that was just made. */
export interface NewToken {
  /** What is kept of it */
  token: Token;
  /** Its text, which is shown this once */
  secret: string;
}

/** The staff. */
export interface StaffList {
  /** By name */
  staff: StaffMember[];
}

/** A conversation to which it could not be done. */
export interface BulkFault {
  /** Id */
  conversation_id: string;
  /** Why */
  detail: string;
}

/** What was done to several conversations. */
export interface BulkDone {
  /** To so many it was done */
  done: number;
  /** To these it could not be */
  failed: BulkFault[];
}

/** A conversation with all that belongs to it. */
export interface ConversationDetail {
  /** It */
  conversation: Conversation;
  /** The person who answers in it; null: the assistant does */
  held_by: Hold | null;
  /** By sent_at */
  messages: Message[];
  /** By timestamp */
  events: Event[];
  /** Of the staff, oldest first */
  notes: Note[];
}

/** A figure. */
export interface AnalyticsRow {
  /** Of this day, YYYY-MM-DD */
  day: string | null;
  /** Of this channel; null: of all */
  channel: Channel | null;
  /** Of those answered by them */
  answered_by: AnsweredBy | null;
  /** Of this day of the week, 1 Monday to 7 Sunday */
  weekday: number | null;
  /** Of this hour of the day */
  hour: number | null;
  /** Of this stage: contact, intent, offered, booked, kept */
  stage: string | null;
  /** What it says: conversations; satisfaction (mean, 1 to 10); first_response_median, first_response_p90, resolution_median, resolution_p90 (seconds); escalations; escalation_share (percent) */
  measure: string;
  /** It; null: nothing to count it from */
  value: number | null;
  /** The same of the span before; null also where there is none to compare with */
  before: number | null;
  /** From so many conversations */
  n: number;
  /** The list's filter for them, as a query string */
  query: string;
}

/** Figures. */
export interface Analytics {
  /** What about */
  report: Report;
  /** First day */
  from: string;
  /** Last day */
  until: string;
  /** First day of the span before, which ends on the day before from */
  before_from: string;
  /** The time zone of the days and hours */
  zone: string;
  /** When it was counted */
  as_of: string;
  /** false: after an update, answers and stages of older conversations are still being counted */
  complete: boolean;
  /** The figures */
  rows: AnalyticsRow[];
  /** Of the report on cost: of which amounts of money are */
  currency: string | null;
}

/** A message on its way to a provider, or one that could not be handed over. */
export interface OutboxRow {
  /** The message */
  message_id: string;
  /** Its conversation */
  conversation_id: string;
  /** Channel */
  channel: Channel;
  /** waiting, sending, or failed: given up */
  state: OutboxState;
  /** How often it was tried, since it was last retried by hand */
  attempts: number;
  /** When it was to be sent */
  due_at: string;
  /** When it is tried next */
  next_attempt_at: string | null;
  /** Why the last attempt failed */
  error: string | null;
  /** Number or address */
  to: string | null;
  /** What it says */
  content: string;
}

/** A page of the outbox. */
export interface OutboxPage {
  /** The rows */
  messages: OutboxRow[];
  /** For the next page */
  next_cursor: string | null;
}

/** What holds on a channel for a purpose. */
export interface ConsentNow {
  /** Channel */
  channel: Channel;
  /** Purpose */
  purpose: ConsentPurpose;
  /** Whether it was granted or revoked */
  state: ConsentState;
  /** How: keyword, sentence, provider_error, provider_opt_out_type, unsubscribe_link, staff, api, web_form, paper, spoken */
  source: string;
  /** When */
  at: string;
  /** Telephone number or e-mail address */
  address: string;
}

/** What holds now. */
export interface ConsentStates {
  /** By channel and purpose */
  consent: ConsentNow[];
}

/** A grant or revocation. */
export interface Consent {
  /** Id */
  id: string;
  /** Telephone number or e-mail address */
  address: string;
  /** Channel */
  channel: Channel;
  /** Purpose */
  purpose: ConsentPurpose;
  /** Granted or revoked */
  state: ConsentState;
  /** How, as in consent_now */
  source: string;
  /** What shows it */
  evidence: Record<string, unknown>;
  /** Who: customer, provider, user:ID, token:ID or command */
  actor: string;
  /** When */
  at: string;
}

/** A part of the ledger. */
export interface ConsentPage {
  /** Newest first */
  consents: Consent[];
  /** For the next part */
  next_cursor: string | null;
}

/** A customer. */
export interface Customer {
  /** Id */
  id: number;
  /** Name */
  name: string;
  /** Telephone number */
  phone: string | null;
  /** E-mail address */
  email: string | null;
  /** Has not been here before */
  is_new_client: boolean | null;
  /** Has allergies */
  has_allergies: boolean | null;
  /** Is pregnant */
  is_pregnant: boolean | null;
  /** Notes */
  notes: string | null;
  /** Time zone in which they live, when it is known better than by their number */
  zone: string | null;
  /** When the record was made */
  created_at: string | null;
  /** When it was last changed */
  updated_at: string | null;
  /** When everything that says who they are was taken away */
  erased_at: string | null;
  /** Who may write to them for what, when one customer is shown */
  consent?: ConsentNow[];
  /** Every number and address of theirs, when one customer is shown; their main ones first */
  identities?: Identity[];
  /** Who was merged into them, newest first, when one customer is shown */
  merges?: MergeRow[];
}

/** A number or an address of a customer. */
export interface Identity {
  /** Which of the two */
  kind: IdentityKind;
  /** The number or the address */
  address: string;
  /** The record that it came with; their own id, or that of one who was merged into them */
  customer_id: number;
}

/** A customer who was merged into another. */
export interface MergeRow {
  /** The merge */
  merge_id: string;
  /** The merged one */
  customer_id: number;
  /** Their name */
  name: string;
  /** Who did it */
  by: string;
  /** When */
  at: string;
}

/** Two customers who may be one. */
export interface Twin {
  /** What they have in common */
  reason: TwinReason;
  /** The newer one */
  one: CustomerBrief;
  /** The older one */
  other: CustomerBrief;
}

/** Customers who may be one. */
export interface TwinList {
  /** Newest first */
  pairs: Twin[];
}

/** One of two customers, before a merge. */
export interface MergeSide {
  /** The customer */
  customer: Customer;
  /** So many are theirs */
  conversations: number;
  /** So many are theirs */
  appointments: number;
  /** Notes of the staff on them */
  notes: number;
  /** Their numbers and addresses */
  identities: Identity[];
}

/** A consent that ends with a merge, since the other one refused. */
export interface MergeConsent {
  /** The number or the address */
  address: string;
  /** Channel */
  channel: Channel;
  /** For what */
  purpose: ConsentPurpose;
  /** granted, or none: nothing was said, which allowed it */
  was: string;
}

/** What would come of a merge. */
export interface MergePreview {
  /** Who is kept */
  kept: MergeSide;
  /** Who is merged into them */
  other: MergeSide;
  /** The customer that they become */
  result: Customer;
  /** Where nothing may be sent any more */
  refused: MergeConsent[];
}

/** A merge, or one that was undone. */
export interface MergeDone {
  /** The merge */
  merge_id: string;
  /** The customer who was kept */
  customer: Customer;
  /** The other one */
  other_id: number;
}

/** A page of customers. */
export interface CustomerPage {
  /** All; those found, when words are looked for */
  total: number;
  /** This page */
  page: number;
  /** Rows of a page */
  page_size: number;
  /** Pages */
  total_pages: number;
  /** For the next page */
  next_cursor: string | null;
  /** The rows */
  customers: Customer[];
}

/** An appointment. */
export interface Appointment {
  /** Id */
  id: number;
  /** The customer */
  customer_id: number;
  /** Their name */
  customer_name: string | null;
  /** When */
  appointment_datetime: string;
  /** Service */
  service_type: string;
  /** Who gives it */
  provider: string | null;
  /** Length */
  duration_minutes: number | null;
  /** Status */
  status: string | null;
  /** Who made it: ai, staff or online */
  booked_by: string | null;
  /** Wishes */
  special_requests: string | null;
  /** Why it was cancelled */
  cancellation_reason: string | null;
  /** When it was cancelled */
  cancelled_at: string | null;
  /** When it was made */
  created_at: string | null;
  /** Who gives it, by key; null: not known to booking */
  provider_key: string | null;
  /** Kept free after it */
  buffer_minutes: number;
  /** In the list: the service's name; null: it is not offered any more */
  service_name?: string | null;
  /** In the list: it overlaps another one of the page with the same provider */
  conflicts?: boolean;
}

/** An appointment with what booking knows of it. */
export interface AppointmentDetail {
  /** Id */
  id: number;
  /** The customer */
  customer_id: number;
  /** Their name */
  customer_name: string | null;
  /** When it begins */
  appointment_datetime: string;
  /** When it ends */
  ends_at: string;
  /** Service, by key */
  service_type: string;
  /** Who gives it */
  provider: string | null;
  /** The same by key; null: not known to booking */
  provider_key: string | null;
  /** Length */
  duration_minutes: number | null;
  /** Kept free after it */
  buffer_minutes: number;
  /** Status */
  status: string | null;
  /** Who made it: ai, staff or online */
  booked_by: string | null;
  /** Wishes */
  special_requests: string | null;
  /** Why it was cancelled */
  cancellation_reason: string | null;
  /** Where it was agreed */
  conversation_id: string | null;
  /** How often it was changed */
  revision: number;
  /** When it was cancelled */
  cancelled_at: string | null;
  /** When it was made */
  created_at: string | null;
  /** When it was last changed */
  updated_at: string | null;
}

/** A time that may be booked. */
export interface FreeTime {
  /** When it would begin */
  start: string;
  /** The same in the business's time zone, YYYY-MM-DDTHH:MM */
  local_start: string;
  /** Who is free, by key; null: the business has no named providers */
  provider: string | null;
  /** Their name */
  provider_name: string | null;
}

/** Free times, soonest first. */
export interface Availability {
  /** The service, by key */
  service: string;
  /** The times */
  slots: FreeTime[];
  /** Why there are none: taken, closed, past, too_soon, too_far, not_offered */
  reason: string | null;
  /** not checked: the calendar outside could not be asked, so only our own appointments count */
  calendar: string | null;
}

/** A customer's calendar link. */
export interface CalendarLink {
  /** The appointment */
  appointment_id: number;
  /** The link, which begins as public_url does */
  url: string;
}

/** What was ordered. */
export interface CalendarSync {
  /** So many appointments */
  ordered: number;
}

/** A page of appointments. */
export interface AppointmentPage {
  /** All that match */
  total: number;
  /** This page */
  page: number;
  /** Rows of a page */
  page_size: number;
  /** Pages */
  total_pages: number;
  /** The rows */
  appointments: Appointment[];
}

/** A call as the voice-only interface shows it. */
export interface CallRow {
  /** Id */
  id: string;
  /** The voice session */
  session_id: string | null;
  /** The caller's number */
  phone_number: string | null;
  /** When it began */
  started_at: string;
  /** When it ended */
  ended_at: string | null;
  /** Length */
  duration_seconds: number | null;
  /** 1 to 10 */
  satisfaction_score: number | null;
  /** Mood */
  sentiment: Sentiment | null;
  /** What came of it */
  outcome: Outcome | null;
}

/** A customer's appointments and calls. */
export interface CustomerHistory {
  /** The customer */
  customer: Customer;
  /** Newest first */
  appointments: Appointment[];
  /** Newest first */
  calls: CallRow[];
}

/** A note of the staff on a customer, or in a conversation of theirs; never sent. */
export interface CustomerNote {
  /** Id */
  id: string;
  /** The customer */
  customer_id: number;
  /** The conversation in which it was written; null: on the customer */
  conversation_id: string | null;
  /** Who wrote it */
  author: string;
  /** Whoever asks did */
  mine: boolean;
  /** What it says */
  content: string;
  /** When */
  created_at: string;
}

/** One entry of a timeline: a conversation, an appointment or a note. */
export interface TimelineEntry {
  /** Which of the three */
  kind: TimelineKind;
  /** Its place in the order */
  at: string;
  /** The conversation */
  conversation?: ConversationRow;
  /** The appointment */
  appointment?: Appointment;
  /** The note */
  note?: CustomerNote;
}

/** A part of a customer's timeline. */
export interface Timeline {
  /** The customer */
  customer: CustomerBrief;
  /** Newest first */
  entries: TimelineEntry[];
  /** For the next part */
  next_cursor: string | null;
}

/** When it is open, or somebody works: one span of a day. */
export interface HoursSpan {
  /** 1 Monday to 7 Sunday */
  weekday: number;
  /** HH:MM */
  opens: string;
  /** HH:MM; one that is not after opens lies on the next day */
  closes: string;
}

/** A WhatsApp template. */
export interface Template {
  /** Its name at Meta */
  name: string;
  /** Its language, as Meta writes it */
  language: string;
  /** Its text, with {{1}}, {{2}} and so on where values go */
  body: string;
  /** Twilio's ContentSid of it */
  content_sid: string | null;
  /** Whether Meta has approved it */
  approved: boolean;
}

/** WhatsApp templates. */
export interface TemplateList {
  /** By name and language */
  templates: Template[];
}

/** Days on which the business, or one provider, is away. */
export interface Closure {
  /** Id */
  id: string;
  /** First day, YYYY-MM-DD */
  from: string;
  /** Last day */
  to: string;
  /** Key of the provider; null: the whole business */
  provider: string | null;
  /** Why */
  reason: string | null;
}

/** Closures. */
export interface ClosureList {
  /** Soonest first */
  closures: Closure[];
}

/** A place of the business. */
export interface Location {
  /** Key */
  key: string;
  /** Name */
  name: string;
  /** Address */
  address: string | null;
  /** Telephone number */
  phone: string | null;
  /** How to get there */
  directions: string | null;
  /** Where to park */
  parking: string | null;
}

/** What the business says of itself; null: not said. */
export interface BusinessFacts {
  /** Name of the business */
  business_name: string | null;
  /** Name of the assistant */
  assistant_name: string | null;
  /** Time zone, as in America/New_York */
  time_zone: string | null;
  /** Telephone number */
  phone: string | null;
  /** Address */
  address: string | null;
  /** How to get there */
  directions: string | null;
  /** Where to park */
  parking: string | null;
  /** Who helps when the assistant cannot */
  escalation_contact: string | null;
  /** Number for emergencies */
  emergency_number: string | null;
  /** What is taken, deposits, fees */
  payment: string | null;
  /** Rules for cancelling */
  cancellation_policy: string | null;
  /** Who gives the services */
  team: string | null;
  /** What is offered instead of advice */
  consultation: string | null;
  /** Goes before an amount */
  currency: string | null;
}

/** Bounds for appointments. */
export interface BusinessBooking {
  /** An appointment begins no sooner than this from now */
  notice_minutes: number;
  /** And no later than this; null: 180 */
  horizon_days: number | null;
}

/** What the business says of itself, apart from services, providers and answers. */
export interface Business {
  /** Texts */
  facts: BusinessFacts;
  /** Bounds for appointments */
  booking: BusinessBooking;
  /** Opening hours */
  hours: HoursSpan[];
  /** Soonest first */
  closures: Closure[];
  /** Places */
  locations: Location[];
  /** The time zone that holds: the setting's, else that of the facts, else UTC */
  zone: string;
}

/** A service. */
export interface Service {
  /** Key */
  key: string;
  /** Name */
  name: string;
  /** What it is */
  description: string | null;
  /** What to do before the visit */
  preparation: string | null;
  /** What to do after it */
  aftercare: string | null;
  /** How long it takes */
  duration_minutes: number;
  /** Kept free after it */
  buffer_minutes: number;
  /** Lowest price */
  price_from_cents: number | null;
  /** Highest price */
  price_to_cents: number | null;
  /** Other names */
  synonyms: string[] | null;
}

/** Services. */
export interface ServiceList {
  /** In their order */
  services: Service[];
}

/** Who gives services. */
export interface Provider {
  /** Key */
  key: string;
  /** Name */
  name: string;
  /** Title */
  title: string | null;
  /** What goes after the name */
  credentials: string | null;
  /** A sentence about them */
  about: string | null;
  /** Keys of the services they give; null: all */
  services: string[] | null;
  /** Other names */
  synonyms: string[] | null;
  /** Their own Google calendar, by its id; null: that of the setting google_calendar */
  calendar: string | null;
  /** When they work; empty: whenever the business is open */
  hours: HoursSpan[];
}

/** Providers. */
export interface ProviderList {
  /** In their order */
  providers: Provider[];
}

/** A question and its answer. */
export interface FaqArticle {
  /** Key */
  key: string;
  /** The question */
  question: string;
  /** The answer */
  answer: string;
  /** What it belongs to */
  category: string | null;
  /** Other ways to ask */
  synonyms: string[] | null;
}

/** Articles. */
export interface FaqList {
  /** In their order */
  faq: FaqArticle[];
}

/** An article that speaks of what was asked. */
export interface ArticleMatch {
  /** Key */
  key: string;
  /** Its question */
  question: string;
  /** How well it fits, from 0 to 1 */
  score: number;
}

/** What the assistant would answer. */
export interface TriedAnswer {
  /** The answer; null: she would say nothing */
  reply: string | null;
  /** What she takes it for */
  intent: string | null;
  /** How sure she is of that, from 0 to 1 */
  confidence: number;
  /** A person of the staff should look */
  wants_person: boolean;
  /** Why, such as unknown: she says that she does not know */
  reason: string | null;
  /** Who answers: local, or model for the language model */
  engine: string;
  /** The articles that fit, the best first */
  articles: ArticleMatch[];
}

/** What a provider sent, in short. */
export interface InboxRequest {
  /** Id */
  id: string;
  /** Who sent it */
  provider: string;
  /** What it is: message, status */
  kind: string;
  /** What the provider calls it; a digest of its content when it could not be read */
  provider_id: string;
  /** When it came */
  received_at: string;
  /** What vouches for it: its signature, or list: it never came and was found in the provider's list */
  proof: string;
  /** done; failed: genuine, but could not be processed */
  state: InboxState;
  /** Why it failed */
  error: string | null;
  /** The message that it became or is about */
  message_id: string | null;
}

/** A part of the inbound journal. */
export interface InboxPage {
  /** Newest first */
  requests: InboxRequest[];
  /** For the next part */
  next_cursor: string | null;
}

/** What a provider sent, as it came. */
export interface InboxDetail {
  /** Id */
  id: string;
  /** Who sent it */
  provider: string;
  /** What it is: message, status */
  kind: string;
  /** What the provider calls it; a digest of its content when it could not be read */
  provider_id: string;
  /** When it came */
  received_at: string;
  /** What vouches for it: its signature, or list: it never came and was found in the provider's list */
  proof: string;
  /** done; failed: genuine, but could not be processed */
  state: InboxState;
  /** Why it failed */
  error: string | null;
  /** The message that it became or is about */
  message_id: string | null;
  /** Path and query */
  target: string;
  /** Those headers that matter */
  headers: Record<string, unknown>;
  /** The body */
  body: string;
}

/** What came of processing one again. */
export interface InboxReplayed {
  /** Id */
  id: string;
  /** processed; duplicate: it had been already; failed */
  result: InboxOutcome;
  /** Why it failed */
  error: string | null;
  /** The message that it became or is about */
  message_id: string | null;
}

/** What came of processing requests again. */
export interface InboxReplay {
  /** So many had an effect now */
  processed: number;
  /** So many had been processed before */
  duplicates: number;
  /** So many failed */
  failed: number;
  /** All but the duplicates, at most 100; a single one in any case */
  requests: InboxReplayed[];
}

/** What a comparison with the provider's list found. */
export interface InboxReconciled {
  /** From where it looked */
  since: string;
  /** Messages of the list, in both directions */
  listed: number;
  /** Inbound ones that had never arrived and were taken in */
  messages: number;
  /** Of them, too old to be answered: left to the staff */
  late: number;
  /** Delivery states that were taken over */
  reports: number;
  /** Could not be processed; the journal has them */
  failed: number;
}

/** What the web chat's script must know before anybody writes. */
export interface ChatInfo {
  /** The business's name */
  business: string | null;
  /** Where a chat can go on: sms, email */
  move_to: string[];
}

/** A visitor's message is stored. */
export interface ChatSent {
  /** The message */
  id: string;
  /** What the browser calls it */
  client_id: string;
  /** When it came */
  at: string;
}

/** A message as its visitor sees it. */
export interface ChatMessage {
  /** Id */
  id: string;
  /** Of the visitor's own: what the browser calls it */
  client_id: string | null;
  /** Who says it */
  from: ChatSide;
  /** What is said */
  text: string;
  /** When */
  at: string;
}

/** What was said in a visitor's chat, and how it stands. */
export interface ChatThread {
  /** new: nothing was said yet; moved: it goes on by text or e-mail */
  state: ChatState;
  /** An answer is being written */
  typing: boolean;
  /** A person of the staff answers */
  person: boolean;
  /** A person was asked for and has not written yet */
  person_wanted: boolean;
  /** Oldest first; the last hundred at most */
  messages: ChatMessage[];
}

/** Where the chat goes on. */
export interface ChatMoved {
  /** By text or e-mail */
  channel: ChatMoveChannel;
  /** The number or address, as it was understood */
  to: string;
}

/** A link with which somebody calls from a browser, once. */
export interface VoiceLink {
  /** The page to be opened; what is behind its # is the secret */
  url: string;
  /** The call's session, for a client of one's own: /ws/voice/{session_id}?token=... */
  session_id: string;
  /** What opens it */
  token: string;
  /** It is good until then */
  expires_at: string;
  /** The customer for whom it is meant */
  customer_id: number | null;
}

/** The ways to the customers, and the models. */
export interface ChannelList {
  /** Each, set up or not */
  channels: ChannelCheck[];
  /** When the providers were asked; null when they were not */
  checked_at: string | null;
}

/** One way to the customers, or one model. */
export interface ChannelCheck {
  /** Which */
  name: ChannelPart;
  /** What for */
  channel: ChannelGroup;
  /** By whom, or in whose way */
  provider: ChannelProvider;
  /** In words */
  title: string;
  /** off: not set up; set_up, but nobody was asked; good; doubtful: something should be looked at; wrong: nothing goes by it */
  state: ChannelState;
  /** Whether the provider answered; null when it was not asked */
  reached: boolean | null;
  /** Whether it took our credentials */
  accepted: boolean | null;
  /** What is wrong, the first to be mended first */
  problems: ChannelProblem[];
  /** Addresses of ours that the provider must know */
  webhooks: ChannelWebhook[];
  /** On what it depends */
  settings: ChannelSetting[];
  /** How long asking took */
  took_ms: number | null;
}

/** Something that is wrong with a channel. */
export interface ChannelProblem {
  /** What */
  kind: ChannelProblemKind;
  /** Nothing goes by the channel until it is mended */
  grave: boolean;
  /** What, in a sentence */
  says: string;
  /** What to do */
  advice: string;
  /** More of it, such as what the provider said */
  detail: string | null;
  /** The settings by which it is mended */
  settings: string[];
}

/** An address of ours that a provider must know. */
export interface ChannelWebhook {
  /** What comes by it */
  what: ChannelHookKind;
  /** The address */
  url: string;
  /** Whether the provider has it; null when it was not asked or does not tell */
  right: boolean | null;
  /** What it has instead */
  found: string | null;
}

/** A setting on which a channel depends. */
export interface ChannelSetting {
  /** Its name */
  name: string;
  /** Whether it has a value */
  set: boolean;
  /** The value; never of a secret */
  value: string | null;
  /** Where it came from, such as ava.conf, line 3 */
  from: string;
}

export interface ListConversationsParams {
  /** Only this customer's */
  customer_id?: number;
  /** Only this channel */
  channel?: Channel;
  /** Only this status */
  status?: ConversationStatus;
  /** Only those assigned to: me, none, or a member of the staff by id */
  assigned?: string;
  /** Only those whose last words of the customer one has not seen; or has seen */
  unread?: boolean;
  /** Only this outcome */
  outcome?: Outcome;
  /** Only this mood */
  sentiment?: Sentiment;
  /** Only those that a person of the staff should look at; or need not */
  needs_person?: boolean;
  /** Only those with this tag */
  tag?: string;
  /** Only those that are put off; or are not */
  snoozed?: boolean;
  /** Only those that began at or after it */
  from?: string;
  /** Only those that began before it */
  until?: string;
  /** Only those answered by the assistant, the staff, or both */
  answered_by?: AnsweredBy;
  /** Only those for which the assistant asked for a person at any time; or did not */
  escalated?: boolean;
  /** Only those for which a language model was asked; or was not */
  model?: boolean;
  /** Only those that got at least so far on the way to an appointment */
  stage?: Stage;
  /** Only those that began on this day in the business's zone, 1 Monday to 7 Sunday; looked for as q is */
  weekday?: number;
  /** Only those that began in this hour in the business's zone; looked for as q is */
  hour?: number;
  /** Words of the customer's name, number, address or the subject. Looked for in the 20,000 newest that the other filters leave; next_cursor goes on behind them */
  q?: string;
  /** Page number, from 1; deep pages are better read by cursor (default: 1) */
  page?: number;
  /** Rows of a page (default: 20) */
  page_size?: number;
  /** next_cursor of the page before; goes before page */
  cursor?: string;
}

/** All conversations, newest activity first. */
export function listConversations(
  params: ListConversationsParams = {}, options: RequestOptions = {},
): Promise<ConversationPage> {
  const path = "/api/admin/communications";
  return send("GET", path, {
    customer_id: params.customer_id,
    channel: params.channel,
    status: params.status,
    assigned: params.assigned,
    unread: params.unread,
    outcome: params.outcome,
    sentiment: params.sentiment,
    needs_person: params.needs_person,
    tag: params.tag,
    snoozed: params.snoozed,
    from: params.from,
    until: params.until,
    answered_by: params.answered_by,
    escalated: params.escalated,
    model: params.model,
    stage: params.stage,
    weekday: params.weekday,
    hour: params.hour,
    q: params.q,
    page: params.page,
    page_size: params.page_size,
    cursor: params.cursor,
  }, undefined, options);
}

export interface ShowConversationParams {
  /** The conversation */
  conversation_id: string;
}

/** One conversation with its customer, messages and events. */
export function showConversation(
  params: ShowConversationParams, options: RequestOptions = {},
): Promise<ConversationDetail> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}`;
  return send("GET", path, {}, undefined, options);
}

export interface CreateConversationParams {
  /** How the customer reached us */
  channel: Channel;
  /** The customer, when known */
  customer_id?: number | null;
  /** When it began; now when absent */
  initiated_at?: string | null;
  /** What it is about */
  subject?: string | null;
  /** Anything else */
  metadata?: Record<string, unknown> | null;
}

/** Begins a conversation. */
export function createConversation(
  params: CreateConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = "/api/admin/communications";
  return send("POST", path, {}, {
    channel: params.channel,
    customer_id: params.customer_id,
    initiated_at: params.initiated_at,
    subject: params.subject,
    metadata: params.metadata,
  }, options);
}

export interface AddMessageParams {
  /** The conversation */
  conversation_id: string;
  /** inbound from the customer, outbound to them */
  direction: Direction;
  /** What was said */
  content: string;
  /** When; now when absent */
  sent_at?: string | null;
  /** Anything else */
  metadata?: Record<string, unknown> | null;
}

/** Adds a message and moves the conversation's last activity. */
export function addMessage(
  params: AddMessageParams, options: RequestOptions = {},
): Promise<Message> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/messages`;
  return send("POST", path, {}, {
    direction: params.direction,
    content: params.content,
    sent_at: params.sent_at,
    metadata: params.metadata,
  }, options);
}

export interface FetchAttachmentParams {
  /** The attachment */
  attachment_id: string;
}

/** Fetches a file again that was refused or could not be had. */
export function fetchAttachment(
  params: FetchAttachmentParams, options: RequestOptions = {},
): Promise<Attachment> {
  const path = `/api/admin/attachments/${encodeURIComponent(params.attachment_id)}/fetch`;
  return send("POST", path, {}, undefined, options);
}

export interface AddVoiceDetailsParams {
  /** The message that holds the transcript */
  message_id: string;
  /** Length of the call */
  duration_seconds: number;
  /** Where the recording is */
  recording_url?: string | null;
  /** Turns: speaker, text, timestamp in seconds from the start */
  transcript_segments?: unknown[] | null;
  /** Tools: name, args, result, timestamp */
  function_calls?: unknown[] | null;
  /** As the engine reported it */
  audio_quality_score?: number | null;
  /** How often the caller interrupted (default: 0) */
  interruption_count?: number | null;
}

/** Adds what is known of the call to its message; once. */
export function addVoiceDetails(
  params: AddVoiceDetailsParams, options: RequestOptions = {},
): Promise<Message> {
  const path = `/api/admin/messages/${encodeURIComponent(params.message_id)}/voice`;
  return send("POST", path, {}, {
    duration_seconds: params.duration_seconds,
    recording_url: params.recording_url,
    transcript_segments: params.transcript_segments,
    function_calls: params.function_calls,
    audio_quality_score: params.audio_quality_score,
    interruption_count: params.interruption_count,
  }, options);
}

export interface AddSmsDetailsParams {
  /** The message */
  message_id: string;
  /** The sender's number */
  from_number: string;
  /** The recipient's number */
  to_number: string;
  /** The provider's id, such as SM... */
  provider_message_id: string;
  /** As the provider reported it */
  delivery_status?: DeliveryStatus | null;
  /** The provider's error code */
  error_code?: string | null;
  /** The error in words */
  error_message?: string | null;
  /** SMS segments (default: 1) */
  segments?: number | null;
  /** Addresses of attached media */
  media_urls?: unknown[] | null;
  /** When it was delivered */
  delivered_at?: string | null;
  /** When it failed */
  failed_at?: string | null;
}

/** Adds what is known of the text message; once. */
export function addSmsDetails(
  params: AddSmsDetailsParams, options: RequestOptions = {},
): Promise<Message> {
  const path = `/api/admin/messages/${encodeURIComponent(params.message_id)}/sms`;
  return send("POST", path, {}, {
    from_number: params.from_number,
    to_number: params.to_number,
    provider_message_id: params.provider_message_id,
    delivery_status: params.delivery_status,
    error_code: params.error_code,
    error_message: params.error_message,
    segments: params.segments,
    media_urls: params.media_urls,
    delivered_at: params.delivered_at,
    failed_at: params.failed_at,
  }, options);
}

export interface AddEmailDetailsParams {
  /** The message */
  message_id: string;
  /** Subject */
  subject: string;
  /** Plain text */
  body_text: string;
  /** HTML */
  body_html?: string | null;
  /** Sender */
  from_address: string;
  /** Recipient */
  to_address: string;
  /** Copies */
  cc_addresses?: unknown[] | null;
  /** Blind copies */
  bcc_addresses?: unknown[] | null;
  /** Message-ID that it answers */
  in_reply_to?: string | null;
  /** Message-IDs of the thread */
  references?: unknown[] | null;
  /** Attachments: filename, content_type, size, url */
  attachments?: unknown[] | null;
  /** The provider's id or the Message-ID */
  provider_message_id?: string | null;
  /** As the provider reported it */
  delivery_status?: string | null;
}

/** Adds what is known of the e-mail; once. */
export function addEmailDetails(
  params: AddEmailDetailsParams, options: RequestOptions = {},
): Promise<Message> {
  const path = `/api/admin/messages/${encodeURIComponent(params.message_id)}/email`;
  return send("POST", path, {}, {
    subject: params.subject,
    body_text: params.body_text,
    body_html: params.body_html,
    from_address: params.from_address,
    to_address: params.to_address,
    cc_addresses: params.cc_addresses,
    bcc_addresses: params.bcc_addresses,
    in_reply_to: params.in_reply_to,
    references: params.references,
    attachments: params.attachments,
    provider_message_id: params.provider_message_id,
    delivery_status: params.delivery_status,
  }, options);
}

export interface CompleteConversationParams {
  /** The conversation */
  conversation_id: string;
  /** completed, or failed when it broke off (default: completed) */
  status?: FinalStatus | null;
}

/** Ends a conversation and has it scored. */
export function completeConversation(
  params: CompleteConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/complete`;
  return send("POST", path, {}, {
    status: params.status,
  }, options);
}

export interface TakeOverParams {
  /** The conversation */
  conversation_id: string;
  /** For so long; the setting hold_minutes when absent */
  minutes?: number | null;
  /** Take it from somebody else too; needs conversations.force (default: false) */
  force?: boolean | null;
}

/** Takes a conversation over from the assistant, or renews one's time in it. A reply of the assistant that is not on its way is withdrawn. */
export function takeOver(
  params: TakeOverParams, options: RequestOptions = {},
): Promise<Holding> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/take-over`;
  return send("POST", path, {}, {
    minutes: params.minutes,
    force: params.force,
  }, options);
}

export interface HandBackParams {
  /** The conversation */
  conversation_id: string;
  /** What the assistant should know */
  note?: string | null;
  /** Also when it is somebody else's; needs conversations.force (default: false) */
  force?: boolean | null;
}

/** Hands a conversation back to the assistant, who answers at once what nobody has answered. */
export function handBack(
  params: HandBackParams, options: RequestOptions = {},
): Promise<Holding> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/hand-back`;
  return send("POST", path, {}, {
    note: params.note,
    force: params.force,
  }, options);
}

export interface ReplyParams {
  /** The conversation */
  conversation_id: string;
  /** What to say; may be empty when files go along with a text */
  content: string;
  /** Of an e-mail; that of the thread when absent */
  subject?: string | null;
  /** Files that go along: filename, content_type, content in base64 */
  attachments?: unknown[] | null;
  /** Ids of files that were uploaded for this conversation, which go along */
  uploads?: unknown[] | null;
}

/** Sends the customer a message of the staff. Takes the conversation over, and reopens one that was completed. */
export function reply(
  params: ReplyParams, options: RequestOptions = {},
): Promise<Message> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/reply`;
  return send("POST", path, {}, {
    content: params.content,
    subject: params.subject,
    attachments: params.attachments,
    uploads: params.uploads,
  }, options);
}

export interface CreateUploadParams {
  /** The conversation */
  conversation_id: string;
  /** Its name, without a folder */
  filename: string;
  /** What it is said to be (default: application/octet-stream) */
  content_type?: string | null;
  /** Its size */
  size_bytes: number;
}

/** Begins to upload a file that is to go along with a reply. It is sent in pieces, and is thrown away after two days if no reply takes it. */
export function createUpload(
  params: CreateUploadParams, options: RequestOptions = {},
): Promise<Upload> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/uploads`;
  return send("POST", path, {}, {
    filename: params.filename,
    content_type: params.content_type,
    size_bytes: params.size_bytes,
  }, options);
}

export interface PutUploadPieceParams {
  /** The upload */
  upload_id: string;
  /** Which piece, from 0 */
  position: number;
  /** Its bytes, in base64 */
  content: string;
}

/** A piece of a file that is uploaded; one that is there already is kept. */
export function putUploadPiece(
  params: PutUploadPieceParams, options: RequestOptions = {},
): Promise<Upload> {
  const path = `/api/admin/uploads/${encodeURIComponent(params.upload_id)}/pieces/${encodeURIComponent(params.position)}`;
  return send("PUT", path, {}, {
    content: params.content,
  }, options);
}

export interface DeleteUploadParams {
  /** The upload */
  upload_id: string;
}

/** Takes a file away that is not to be sent after all. */
export function deleteUpload(
  params: DeleteUploadParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/uploads/${encodeURIComponent(params.upload_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

export interface ReopenConversationParams {
  /** The conversation */
  conversation_id: string;
}

/** Makes a conversation active again; it is scored anew when it ends. */
export function reopenConversation(
  params: ReopenConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/reopen`;
  return send("POST", path, {}, undefined, options);
}

export interface SendMessageParams {
  /** The customer's number, in E.164 or national form, or address (wa:...), or e-mail address */
  to: string;
  /** What to say */
  content: string;
  /** By which channel (default: sms) */
  channel?: TextChannel | null;
  /** The business's number or e-mail address; the one the customer writes to, or twilio_number or mail_address, when absent */
  from?: string | null;
  /** Of an e-mail, which needs one */
  subject?: string | null;
  /** Files that go along: filename, content_type, content in base64 */
  attachments?: unknown[] | null;
  /** Keep the conversation: the assistant does not answer what comes back (default: false) */
  hold?: boolean | null;
}

/** Writes to a customer first: finds or makes the customer and the conversation, and sends. */
export function sendMessage(
  params: SendMessageParams, options: RequestOptions = {},
): Promise<Message> {
  const path = "/api/admin/messages";
  return send("POST", path, {}, {
    to: params.to,
    content: params.content,
    channel: params.channel,
    from: params.from,
    subject: params.subject,
    attachments: params.attachments,
    hold: params.hold,
  }, options);
}

export interface SendTemplateParams {
  /** The customer's number, in E.164 or national form, or address (wa:...) */
  to: string;
  /** The template's name; the setting whatsapp_template when absent */
  template?: string | null;
  /** Its language; the only one that it has when absent */
  language?: string | null;
  /** Texts for its places {{1}}, {{2}} and so on */
  values?: unknown[] | null;
  /** The business's number; the one the customer writes to, or whatsapp_number, when absent */
  from?: string | null;
  /** Keep the conversation: the assistant does not answer what comes back (default: false) */
  hold?: boolean | null;
}

/** Writes to a customer on WhatsApp by an approved template, as must be when they have not written for a day. Finds or makes the customer and the conversation. */
export function sendTemplate(
  params: SendTemplateParams, options: RequestOptions = {},
): Promise<Message> {
  const path = "/api/admin/whatsapp/messages";
  return send("POST", path, {}, {
    to: params.to,
    template: params.template,
    language: params.language,
    values: params.values,
    from: params.from,
    hold: params.hold,
  }, options);
}

/** WhatsApp templates, by name. */
export function listTemplates(
  options: RequestOptions = {},
): Promise<TemplateList> {
  const path = "/api/admin/whatsapp/templates";
  return send("GET", path, {}, undefined, options);
}

export interface PutTemplateParams {
  /** Its name at Meta: a-z, 0-9 and _ */
  name: string;
  /** Its text, with {{1}}, {{2}} and so on where values go */
  body: string;
  /** Its language, as Meta writes it (default: en_US) */
  language?: string | null;
  /** Twilio's ContentSid of it (HX...), when WhatsApp goes by Twilio */
  content_sid?: string | null;
  /** Whether Meta has approved it (default: true) */
  approved?: boolean | null;
}

/** Notes a WhatsApp template as Meta has it, or replaces the one of that name and language. */
export function putTemplate(
  params: PutTemplateParams, options: RequestOptions = {},
): Promise<Template> {
  const path = `/api/admin/whatsapp/templates/${encodeURIComponent(params.name)}`;
  return send("PUT", path, {}, {
    body: params.body,
    language: params.language,
    content_sid: params.content_sid,
    approved: params.approved,
  }, options);
}

export interface DeleteTemplateParams {
  /** Its name */
  name: string;
  /** Its language (default: en_US) */
  language?: string;
}

/** Takes a WhatsApp template away. */
export function deleteTemplate(
  params: DeleteTemplateParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/whatsapp/templates/${encodeURIComponent(params.name)}`;
  return send("DELETE", path, {
    language: params.language,
  }, undefined, options);
}

export interface ScoreConversationParams {
  /** The conversation */
  conversation_id: string;
  /** How satisfied the customer was */
  satisfaction_score?: number | null;
  /** The customer's mood */
  sentiment?: Sentiment | null;
  /** What came of it */
  outcome?: Outcome | null;
  /** In a sentence or two */
  ai_summary?: string | null;
  /** What it was about */
  subject?: string | null;
}

/** Scores a conversation now: by the values given, or by the scorer when none are. */
export function scoreConversation(
  params: ScoreConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/score`;
  return send("POST", path, {}, {
    satisfaction_score: params.satisfaction_score,
    sentiment: params.sentiment,
    outcome: params.outcome,
    ai_summary: params.ai_summary,
    subject: params.subject,
  }, options);
}

export interface AddCommunicationEventParams {
  /** The conversation */
  conversation_id: string;
  /** What happened */
  event_type: string;
  /** The message it belongs to */
  message_id?: string | null;
  /** When; now when absent */
  timestamp?: string | null;
  /** Anything else */
  details?: Record<string, unknown> | null;
}

/** Records an event of a conversation. */
export function addCommunicationEvent(
  params: AddCommunicationEventParams, options: RequestOptions = {},
): Promise<Event> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/events`;
  return send("POST", path, {}, {
    event_type: params.event_type,
    message_id: params.message_id,
    timestamp: params.timestamp,
    details: params.details,
  }, options);
}

export interface AssignConversationParams {
  /** The conversation */
  conversation_id: string;
  /** me, none, or a member of the staff by id */
  to: string;
}

/** Says who of the staff a conversation is assigned to. */
export function assignConversation(
  params: AssignConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/assign`;
  return send("POST", path, {}, {
    to: params.to,
  }, options);
}

export interface SnoozeConversationParams {
  /** The conversation */
  conversation_id: string;
  /** Until when, at most a year from now */
  until: string;
}

/** Puts a conversation off. It comes back, unread, at the time or when the customer writes. */
export function snoozeConversation(
  params: SnoozeConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/snooze`;
  return send("POST", path, {}, {
    until: params.until,
  }, options);
}

export interface UnsnoozeConversationParams {
  /** The conversation */
  conversation_id: string;
}

/** Has a conversation back that was put off. */
export function unsnoozeConversation(
  params: UnsnoozeConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/unsnooze`;
  return send("POST", path, {}, undefined, options);
}

export interface MarkReadParams {
  /** The conversation */
  conversation_id: string;
}

/** Notes that whoever asks has seen the customer's last words. */
export function markRead(
  params: MarkReadParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/read`;
  return send("POST", path, {}, undefined, options);
}

export interface MarkUnreadParams {
  /** The conversation */
  conversation_id: string;
}

/** Has the customer's last words unread again for whoever asks. */
export function markUnread(
  params: MarkUnreadParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/unread`;
  return send("POST", path, {}, undefined, options);
}

export interface SetNeedsPersonParams {
  /** The conversation */
  conversation_id: string;
  /** Whether one should (default: true) */
  needed?: boolean | null;
}

/** Says that a person of the staff should look at a conversation, or need not any more. */
export function setNeedsPerson(
  params: SetNeedsPersonParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/needs-person`;
  return send("POST", path, {}, {
    needed: params.needed,
  }, options);
}

export interface WorkInBulkParams {
  /** Ids, at most 100 */
  conversation_ids: unknown[];
  /** me, none, or a member of the staff by id */
  assign?: string | null;
  /** Put this tag on */
  add_tag?: string | null;
  /** Take this tag off */
  remove_tag?: string | null;
  /** true: read; false: unread, for whoever asks */
  read?: boolean | null;
  /** Whether a person of the staff should look */
  needs_person?: boolean | null;
  /** Put off until then */
  snooze_until?: string | null;
  /** completed or failed ends them, active has them back */
  status?: ConversationStatus | null;
}

/** Does the same to several conversations. One that it cannot be done to keeps none of the others. */
export function workInBulk(
  params: WorkInBulkParams, options: RequestOptions = {},
): Promise<BulkDone> {
  const path = "/api/admin/communications/bulk";
  return send("POST", path, {}, {
    conversation_ids: params.conversation_ids,
    assign: params.assign,
    add_tag: params.add_tag,
    remove_tag: params.remove_tag,
    read: params.read,
    needs_person: params.needs_person,
    snooze_until: params.snooze_until,
    status: params.status,
  }, options);
}

export interface AddNoteParams {
  /** The conversation */
  conversation_id: string;
  /** The note */
  content: string;
}

/** Adds a note for the staff to a conversation; it is never sent. */
export function addNote(
  params: AddNoteParams, options: RequestOptions = {},
): Promise<Note> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/notes`;
  return send("POST", path, {}, {
    content: params.content,
  }, options);
}

export interface DeleteNoteParams {
  /** The note */
  note_id: string;
}

/** Takes a note of one's own away; somebody else's needs conversations.force. */
export function deleteNote(
  params: DeleteNoteParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/notes/${encodeURIComponent(params.note_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

/** What the staff answer again and again, by name. */
export function listReplyTemplates(
  options: RequestOptions = {},
): Promise<ReplyTemplateList> {
  const path = "/api/admin/reply-templates";
  return send("GET", path, {}, undefined, options);
}

export interface CreateReplyTemplateParams {
  /** Name */
  name: string;
  /** For which channel (default: any) */
  channel?: TemplateChannel | null;
  /** What it says, with places: {{customer_first_name}}, {{customer_name}}, {{business_name}}, {{business_phone}}, {{my_name}}, {{my_first_name}} */
  body: string;
}

/** Makes a template for replies. */
export function createReplyTemplate(
  params: CreateReplyTemplateParams, options: RequestOptions = {},
): Promise<ReplyTemplate> {
  const path = "/api/admin/reply-templates";
  return send("POST", path, {}, {
    name: params.name,
    channel: params.channel,
    body: params.body,
  }, options);
}

export interface UpdateReplyTemplateParams {
  /** The template */
  template_id: string;
  /** Name */
  name?: string | null;
  /** For which channel */
  channel?: TemplateChannel | null;
  /** What it says, with places as of create_reply_template */
  body?: string | null;
}

/** Changes a template for replies. */
export function updateReplyTemplate(
  params: UpdateReplyTemplateParams, options: RequestOptions = {},
): Promise<ReplyTemplate> {
  const path = `/api/admin/reply-templates/${encodeURIComponent(params.template_id)}`;
  return send("PATCH", path, {}, {
    name: params.name,
    channel: params.channel,
    body: params.body,
  }, options);
}

export interface DeleteReplyTemplateParams {
  /** The template */
  template_id: string;
}

/** Takes a template for replies away. */
export function deleteReplyTemplate(
  params: DeleteReplyTemplateParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/reply-templates/${encodeURIComponent(params.template_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

/** Filters of the list of conversations that were kept under a name: one's own, and those that are everybody's. */
export function listViews(
  options: RequestOptions = {},
): Promise<SavedViewList> {
  const path = "/api/admin/views";
  return send("GET", path, {}, undefined, options);
}

export interface CreateViewParams {
  /** Name */
  name: string;
  /** The parameters of list_conversations, with their values */
  filters: Record<string, unknown>;
  /** It is everybody's (default: false) */
  shared?: boolean | null;
}

/** Keeps filters of the list of conversations under a name. */
export function createView(
  params: CreateViewParams, options: RequestOptions = {},
): Promise<SavedView> {
  const path = "/api/admin/views";
  return send("POST", path, {}, {
    name: params.name,
    filters: params.filters,
    shared: params.shared,
  }, options);
}

export interface UpdateViewParams {
  /** The view */
  view_id: string;
  /** Name */
  name?: string | null;
  /** The parameters of list_conversations, with their values */
  filters?: Record<string, unknown> | null;
  /** It is everybody's */
  shared?: boolean | null;
}

/** Changes a view: one's own, or, with settings.write, one that is everybody's. */
export function updateView(
  params: UpdateViewParams, options: RequestOptions = {},
): Promise<SavedView> {
  const path = `/api/admin/views/${encodeURIComponent(params.view_id)}`;
  return send("PATCH", path, {}, {
    name: params.name,
    filters: params.filters,
    shared: params.shared,
  }, options);
}

export interface DeleteViewParams {
  /** The view */
  view_id: string;
}

/** Takes a view away: one's own, or, with settings.write, one that is everybody's. */
export function deleteView(
  params: DeleteViewParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/views/${encodeURIComponent(params.view_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

/** Tags, by name. */
export function listTags(
  options: RequestOptions = {},
): Promise<TagList> {
  const path = "/api/admin/tags";
  return send("GET", path, {}, undefined, options);
}

export interface CreateTagParams {
  /** Name */
  name: string;
  /** Colour, #rrggbb; grey when absent */
  colour?: string | null;
}

/** Makes a tag. */
export function createTag(
  params: CreateTagParams, options: RequestOptions = {},
): Promise<Tag> {
  const path = "/api/admin/tags";
  return send("POST", path, {}, {
    name: params.name,
    colour: params.colour,
  }, options);
}

export interface UpdateTagParams {
  /** The tag */
  tag_id: string;
  /** Name */
  name?: string | null;
  /** Colour, #rrggbb */
  colour?: string | null;
}

/** Gives a tag another name or colour. */
export function updateTag(
  params: UpdateTagParams, options: RequestOptions = {},
): Promise<Tag> {
  const path = `/api/admin/tags/${encodeURIComponent(params.tag_id)}`;
  return send("PATCH", path, {}, {
    name: params.name,
    colour: params.colour,
  }, options);
}

export interface DeleteTagParams {
  /** The tag */
  tag_id: string;
}

/** Takes a tag away, also from the conversations that have it. */
export function deleteTag(
  params: DeleteTagParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/tags/${encodeURIComponent(params.tag_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

export interface TagConversationParams {
  /** The conversation */
  conversation_id: string;
  /** The tag */
  tag_id: string;
}

/** Puts a tag on a conversation. */
export function tagConversation(
  params: TagConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/tags/${encodeURIComponent(params.tag_id)}`;
  return send("PUT", path, {}, undefined, options);
}

export interface UntagConversationParams {
  /** The conversation */
  conversation_id: string;
  /** The tag */
  tag_id: string;
}

/** Takes a tag off a conversation. */
export function untagConversation(
  params: UntagConversationParams, options: RequestOptions = {},
): Promise<Conversation> {
  const path = `/api/admin/communications/${encodeURIComponent(params.conversation_id)}/tags/${encodeURIComponent(params.tag_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

/** The members of the staff, by name: to whom a conversation can be assigned. */
export function listStaff(
  options: RequestOptions = {},
): Promise<StaffList> {
  const path = "/api/admin/staff";
  return send("GET", path, {}, undefined, options);
}

export interface ShowAnalyticsParams {
  /** What about: volume by channel and day; satisfaction by channel and by who answered; funnel from contact to a kept appointment; response times; hours of the week; escalations; what language models cost, by day and channel */
  report: Report;
  /** First day, YYYY-MM-DD in the business's time zone; 29 days before the last when absent */
  from?: string;
  /** Last day; today when absent */
  until?: string;
  /** json, or csv with the same rows (default: json) */
  format?: ReportFormat;
}

/** Figures about the conversations that began in a span of days, beside those of as many days before it. Each names the filter with which the list shows what is behind it. */
export function showAnalytics(
  params: ShowAnalyticsParams, options: RequestOptions = {},
): Promise<Analytics> {
  const path = "/api/admin/analytics";
  return send("GET", path, {
    report: params.report,
    from: params.from,
    until: params.until,
    format: params.format,
  }, undefined, options);
}

export interface ListOutboxParams {
  /** Only in this state */
  state?: OutboxState;
  /** Rows of a page (default: 20) */
  page_size?: number;
  /** next_cursor of the page before */
  cursor?: string;
}

/** Messages that wait to be sent, are being sent, or could not be; newest first. */
export function listOutbox(
  params: ListOutboxParams = {}, options: RequestOptions = {},
): Promise<OutboxPage> {
  const path = "/api/admin/outbox";
  return send("GET", path, {
    state: params.state,
    page_size: params.page_size,
    cursor: params.cursor,
  }, undefined, options);
}

export interface RetryOutboxParams {
  /** The message */
  message_id: string;
}

/** Has a message that could not be sent, or that waits to be tried again, tried at once. What may have been sent before is looked for at the provider first. */
export function retryOutbox(
  params: RetryOutboxParams, options: RequestOptions = {},
): Promise<Message> {
  const path = `/api/admin/outbox/${encodeURIComponent(params.message_id)}/retry`;
  return send("POST", path, {}, undefined, options);
}

export interface ListCustomersParams {
  /** Words of the name, number or address. Looked for in 20,000 customers, newest first; next_cursor goes on behind them */
  q?: string;
  /** Page number, from 1 (default: 1) */
  page?: number;
  /** Rows of a page (default: 20) */
  page_size?: number;
  /** next_cursor of the page before; goes before page */
  cursor?: string;
}

/** All customers, newest first. */
export function listCustomers(
  params: ListCustomersParams = {}, options: RequestOptions = {},
): Promise<CustomerPage> {
  const path = "/api/admin/customers";
  return send("GET", path, {
    q: params.q,
    page: params.page,
    page_size: params.page_size,
    cursor: params.cursor,
  }, undefined, options);
}

export interface CreateCustomerParams {
  /** Name */
  name: string;
  /** Telephone number, in E.164 or national form */
  phone?: string | null;
  /** E-mail address */
  email?: string | null;
  /** Time zone in which they live, such as America/Chicago; judged by their number when absent */
  zone?: string | null;
  /** Has not been here before (default: true) */
  is_new_client?: boolean | null;
  /** Has allergies */
  has_allergies?: boolean | null;
  /** Is pregnant */
  is_pregnant?: boolean | null;
  /** Notes */
  notes?: string | null;
}

/** Makes a customer. */
export function createCustomer(
  params: CreateCustomerParams, options: RequestOptions = {},
): Promise<Customer> {
  const path = "/api/customers";
  return send("POST", path, {}, {
    name: params.name,
    phone: params.phone,
    email: params.email,
    zone: params.zone,
    is_new_client: params.is_new_client,
    has_allergies: params.has_allergies,
    is_pregnant: params.is_pregnant,
    notes: params.notes,
  }, options);
}

export interface ShowCustomerParams {
  /** The customer */
  customer_id: number;
}

/** One customer. */
export function showCustomer(
  params: ShowCustomerParams, options: RequestOptions = {},
): Promise<Customer> {
  const path = `/api/customers/${encodeURIComponent(params.customer_id)}`;
  return send("GET", path, {}, undefined, options);
}

export interface UpdateCustomerParams {
  /** The customer */
  customer_id: number;
  /** Name */
  name?: string | null;
  /** Telephone number, in E.164 or national form */
  phone?: string | null;
  /** E-mail address */
  email?: string | null;
  /** Time zone in which they live, such as America/Chicago */
  zone?: string | null;
  /** Has not been here before */
  is_new_client?: boolean | null;
  /** Has allergies */
  has_allergies?: boolean | null;
  /** Is pregnant */
  is_pregnant?: boolean | null;
  /** Notes */
  notes?: string | null;
}

/** Changes what is known of a customer; an empty text takes it away. */
export function updateCustomer(
  params: UpdateCustomerParams, options: RequestOptions = {},
): Promise<Customer> {
  const path = `/api/customers/${encodeURIComponent(params.customer_id)}`;
  return send("PATCH", path, {}, {
    name: params.name,
    phone: params.phone,
    email: params.email,
    zone: params.zone,
    is_new_client: params.is_new_client,
    has_allergies: params.has_allergies,
    is_pregnant: params.is_pregnant,
    notes: params.notes,
  }, options);
}

export interface SetCustomerZoneParams {
  /** The customer */
  customer_id: number;
  /** Such as America/Chicago; absent: judged by their number */
  zone?: string | null;
}

/** Sets the time zone in which a customer lives, or forgets it; quiet hours go by it. */
export function setCustomerZone(
  params: SetCustomerZoneParams, options: RequestOptions = {},
): Promise<Customer> {
  const path = `/api/customers/${encodeURIComponent(params.customer_id)}/zone`;
  return send("PUT", path, {}, {
    zone: params.zone,
  }, options);
}

export interface CustomerHistoryParams {
  /** The customer */
  customer_id: number;
}

/** A customer's appointments and calls, newest first, at most 100 of each. */
export function customerHistory(
  params: CustomerHistoryParams, options: RequestOptions = {},
): Promise<CustomerHistory> {
  const path = `/api/customers/${encodeURIComponent(params.customer_id)}/history`;
  return send("GET", path, {}, undefined, options);
}

export interface CustomerTimelineParams {
  /** The customer */
  customer_id: number;
  /** Only conversations of this channel, only appointments, or only notes */
  only?: TimelineOnly;
  /** Entries at most (default: 50) */
  limit?: number;
  /** next_cursor of the part before */
  cursor?: string;
}

/** Everything about a customer in one order, newest first: conversations of every channel, appointments, and notes on the customer and in conversations. */
export function customerTimeline(
  params: CustomerTimelineParams, options: RequestOptions = {},
): Promise<Timeline> {
  const path = `/api/admin/customers/${encodeURIComponent(params.customer_id)}/timeline`;
  return send("GET", path, {
    only: params.only,
    limit: params.limit,
    cursor: params.cursor,
  }, undefined, options);
}

export interface AddCustomerNoteParams {
  /** The customer */
  customer_id: number;
  /** The note */
  content: string;
}

/** Adds a note of the staff to a customer; it is never sent. */
export function addCustomerNote(
  params: AddCustomerNoteParams, options: RequestOptions = {},
): Promise<CustomerNote> {
  const path = `/api/admin/customers/${encodeURIComponent(params.customer_id)}/notes`;
  return send("POST", path, {}, {
    content: params.content,
  }, options);
}

export interface DeleteCustomerNoteParams {
  /** The note */
  note_id: string;
}

/** Takes a note of one's own away; somebody else's needs conversations.force. */
export function deleteCustomerNote(
  params: DeleteCustomerNoteParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/customers/notes/${encodeURIComponent(params.note_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

export interface EraseCustomerParams {
  /** The customer */
  customer_id: number;
  /** true: it is meant */
  confirm: boolean;
}

/** Takes away everything that says who a customer is and what was said; what reports count stays, and so does, hashed, that they refused messages. It cannot be undone. */
export function eraseCustomer(
  params: EraseCustomerParams, options: RequestOptions = {},
): Promise<Customer> {
  const path = `/api/admin/customers/${encodeURIComponent(params.customer_id)}/erase`;
  return send("POST", path, {}, {
    confirm: params.confirm,
  }, options);
}

export interface ListDuplicatesParams {
  /** Only those like this one */
  customer_id?: number;
  /** Pairs at most (default: 50) */
  limit?: number;
}

/** Customers who may be one person, newest first: the same address in other capitals, the same number spelt otherwise, or the same name and most of the number or address. Looked for among the 200,000 newest. */
export function listDuplicates(
  params: ListDuplicatesParams = {}, options: RequestOptions = {},
): Promise<TwinList> {
  const path = "/api/admin/customers/duplicates";
  return send("GET", path, {
    customer_id: params.customer_id,
    limit: params.limit,
  }, undefined, options);
}

export interface PreviewMergeParams {
  /** The customer who is kept */
  customer_id: number;
  /** The other one */
  other_id: number;
}

/** What would come of merging another customer into this one. */
export function previewMerge(
  params: PreviewMergeParams, options: RequestOptions = {},
): Promise<MergePreview> {
  const path = `/api/admin/customers/${encodeURIComponent(params.customer_id)}/merge`;
  return send("GET", path, {
    other_id: params.other_id,
  }, undefined, options);
}

export interface MergeCustomersParams {
  /** The customer who is kept */
  customer_id: number;
  /** The other one */
  other_id: number;
}

/** Merges another customer into this one: conversations, appointments, notes, numbers and addresses become theirs, the stricter consent and a warning of either hold. The other's id leads to this one from then on. */
export function mergeCustomers(
  params: MergeCustomersParams, options: RequestOptions = {},
): Promise<MergeDone> {
  const path = `/api/admin/customers/${encodeURIComponent(params.customer_id)}/merge`;
  return send("POST", path, {}, {
    other_id: params.other_id,
  }, options);
}

export interface UndoMergeParams {
  /** The merge */
  merge_id: string;
}

/** Takes a merge back. What came after it stays with the customer who was kept. */
export function undoMerge(
  params: UndoMergeParams, options: RequestOptions = {},
): Promise<MergeDone> {
  const path = `/api/admin/customers/merges/${encodeURIComponent(params.merge_id)}/undo`;
  return send("POST", path, {}, undefined, options);
}

export interface SetDistinctParams {
  /** One */
  customer_id: number;
  /** The other */
  other_id: number;
  /** false: they may be the same after all (default: true) */
  distinct?: boolean | null;
}

/** Says that two who look alike are not the same person, so that it is not suggested again; or takes that back. */
export function setDistinct(
  params: SetDistinctParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/customers/${encodeURIComponent(params.customer_id)}/distinct`;
  return send("PUT", path, {}, {
    other_id: params.other_id,
    distinct: params.distinct,
  }, options);
}

export interface ListConsentsParams {
  /** Only of this telephone number or e-mail address */
  address?: string;
  /** Only of this customer's number and address */
  customer_id?: number;
  /** Only this channel */
  channel?: Channel;
  /** Rows at most (default: 20) */
  page_size?: number;
  /** next_cursor of the part before */
  cursor?: string;
}

/** The ledger of who may be written to, newest first: every grant and revocation with its evidence. */
export function listConsents(
  params: ListConsentsParams = {}, options: RequestOptions = {},
): Promise<ConsentPage> {
  const path = "/api/admin/consents";
  return send("GET", path, {
    address: params.address,
    customer_id: params.customer_id,
    channel: params.channel,
    page_size: params.page_size,
    cursor: params.cursor,
  }, undefined, options);
}

export interface ShowConsentParams {
  /** Telephone number or e-mail address */
  address?: string;
  /** Or the customer */
  customer_id?: number;
}

/** What holds now for an address, by channel and purpose; what is not there was never asked. */
export function showConsent(
  params: ShowConsentParams = {}, options: RequestOptions = {},
): Promise<ConsentStates> {
  const path = "/api/admin/consents/current";
  return send("GET", path, {
    address: params.address,
    customer_id: params.customer_id,
  }, undefined, options);
}

export interface GrantConsentParams {
  /** Telephone number or e-mail address */
  address?: string | null;
  /** Or the customer, by whichever of the two fits the channel */
  customer_id?: number | null;
  /** By which channel */
  channel: Channel;
  /** For what; all is what STOP revokes and START grants (default: all) */
  purpose?: ConsentPurpose | null;
  /** Why, in a sentence: what was said, and where */
  reason: string;
  /** Where it comes from; staff, or api for a token, when absent */
  source?: ConsentSource | null;
  /** What shows it, such as the form's address and version */
  evidence?: Record<string, unknown> | null;
}

/** Writes down that somebody agreed to messages. After a STOP by text the carrier keeps texts back all the same, until the customer sends START. */
export function grantConsent(
  params: GrantConsentParams, options: RequestOptions = {},
): Promise<ConsentStates> {
  const path = "/api/admin/consents/grant";
  return send("POST", path, {}, {
    address: params.address,
    customer_id: params.customer_id,
    channel: params.channel,
    purpose: params.purpose,
    reason: params.reason,
    source: params.source,
    evidence: params.evidence,
  }, options);
}

export interface RevokeConsentParams {
  /** Telephone number or e-mail address */
  address?: string | null;
  /** Or the customer, by whichever of the two fits the channel */
  customer_id?: number | null;
  /** By which channel */
  channel: Channel;
  /** For what; all is what STOP revokes and START grants (default: all) */
  purpose?: ConsentPurpose | null;
  /** Why, in a sentence: what was said, and where */
  reason: string;
  /** Where it comes from; staff, or api for a token, when absent */
  source?: ConsentSource | null;
  /** What shows it, such as the form's address and version */
  evidence?: Record<string, unknown> | null;
}

/** Writes down that somebody wants no more messages. From then on none is sent, and those that wait are taken back. */
export function revokeConsent(
  params: RevokeConsentParams, options: RequestOptions = {},
): Promise<ConsentStates> {
  const path = "/api/admin/consents/revoke";
  return send("POST", path, {}, {
    address: params.address,
    customer_id: params.customer_id,
    channel: params.channel,
    purpose: params.purpose,
    reason: params.reason,
    source: params.source,
    evidence: params.evidence,
  }, options);
}

export interface ListAppointmentsParams {
  /** From this day or time */
  start_date?: string;
  /** To this day (whole) or time */
  end_date?: string;
  /** Only this status */
  status?: AppointmentStatus;
  /** Only with this provider, by key */
  provider?: string;
  /** Page number, from 1 (default: 1) */
  page?: number;
  /** Rows of a page (default: 100) */
  page_size?: number;
}

/** Appointments in the order of their time. */
export function listAppointments(
  params: ListAppointmentsParams = {}, options: RequestOptions = {},
): Promise<AppointmentPage> {
  const path = "/api/appointments";
  return send("GET", path, {
    start_date: params.start_date,
    end_date: params.end_date,
    status: params.status,
    provider: params.provider,
    page: params.page,
    page_size: params.page_size,
  }, undefined, options);
}

export interface ListAvailabilityParams {
  /** The service, by key */
  service: string;
  /** Only with this provider, by key */
  provider?: string;
  /** First day, YYYY-MM-DD in the business's time zone; today when absent */
  date_from?: string;
  /** Last day; 13 days after the first when absent */
  date_to?: string;
  /** Times at most (default: 20) */
  limit?: number;
}

/** Free times of a service, spread over the days asked for. */
export function listAvailability(
  params: ListAvailabilityParams, options: RequestOptions = {},
): Promise<Availability> {
  const path = "/api/appointments/availability";
  return send("GET", path, {
    service: params.service,
    provider: params.provider,
    date_from: params.date_from,
    date_to: params.date_to,
    limit: params.limit,
  }, undefined, options);
}

export interface CreateAppointmentParams {
  /** The customer */
  customer_id: number;
  /** The service, by key */
  service: string;
  /** When it begins */
  start: string;
  /** Who gives it, by key; whoever is free when absent */
  provider?: string | null;
  /** Wishes */
  special_requests?: string | null;
  /** Where it was agreed */
  conversation_id?: string | null;
  /** Hours, closures, notice and horizon do not count (default: false) */
  outside_hours?: boolean | null;
}

/** Books an appointment. A time that is taken gets 409, with free times near it. */
export function createAppointment(
  params: CreateAppointmentParams, options: RequestOptions = {},
): Promise<AppointmentDetail> {
  const path = "/api/appointments";
  return send("POST", path, {}, {
    customer_id: params.customer_id,
    service: params.service,
    start: params.start,
    provider: params.provider,
    special_requests: params.special_requests,
    conversation_id: params.conversation_id,
    outside_hours: params.outside_hours,
  }, options);
}

export interface ShowAppointmentParams {
  /** The appointment */
  appointment_id: number;
}

/** One appointment. */
export function showAppointment(
  params: ShowAppointmentParams, options: RequestOptions = {},
): Promise<AppointmentDetail> {
  const path = `/api/appointments/${encodeURIComponent(params.appointment_id)}`;
  return send("GET", path, {}, undefined, options);
}

export interface UpdateAppointmentParams {
  /** The appointment */
  appointment_id: number;
  /** The new time */
  start?: string | null;
  /** The new provider, by key */
  provider?: string | null;
  /** Another service, by key */
  service?: string | null;
  /** Wishes */
  special_requests?: string | null;
  /** How it went, once it has begun */
  status?: ClosingStatus | null;
  /** Hours, closures, notice and horizon do not count (default: false) */
  outside_hours?: boolean | null;
}

/** Moves an appointment, gives it to another provider, notes wishes, or says how it went. */
export function updateAppointment(
  params: UpdateAppointmentParams, options: RequestOptions = {},
): Promise<AppointmentDetail> {
  const path = `/api/appointments/${encodeURIComponent(params.appointment_id)}`;
  return send("PATCH", path, {}, {
    start: params.start,
    provider: params.provider,
    service: params.service,
    special_requests: params.special_requests,
    status: params.status,
    outside_hours: params.outside_hours,
  }, options);
}

export interface CancelAppointmentParams {
  /** The appointment */
  appointment_id: number;
  /** Why */
  reason?: string | null;
}

/** Cancels an appointment; its time is free again. */
export function cancelAppointment(
  params: CancelAppointmentParams, options: RequestOptions = {},
): Promise<AppointmentDetail> {
  const path = `/api/appointments/${encodeURIComponent(params.appointment_id)}/cancel`;
  return send("POST", path, {}, {
    reason: params.reason,
  }, options);
}

export interface RestoreAppointmentParams {
  /** The appointment */
  appointment_id: number;
}

/** Takes a cancellation back: the appointment is again at its time with its provider, if that is still free. */
export function restoreAppointment(
  params: RestoreAppointmentParams, options: RequestOptions = {},
): Promise<AppointmentDetail> {
  const path = `/api/appointments/${encodeURIComponent(params.appointment_id)}/restore`;
  return send("POST", path, {}, undefined, options);
}

export interface RenewCalendarLinkParams {
  /** The appointment */
  appointment_id: number;
}

/** Gives an appointment a new calendar link for its customer; the one before leads nowhere from then on. */
export function renewCalendarLink(
  params: RenewCalendarLinkParams, options: RequestOptions = {},
): Promise<CalendarLink> {
  const path = `/api/appointments/${encodeURIComponent(params.appointment_id)}/calendar-link`;
  return send("POST", path, {}, undefined, options);
}

/** Orders coming appointments to be entered into Google Calendar that are not there as they are: when it is new, or after it failed for long. At most 1,000 at a time. */
export function syncCalendar(
  options: RequestOptions = {},
): Promise<CalendarSync> {
  const path = "/api/calendar/sync";
  return send("POST", path, {}, undefined, options);
}

/** Who is signed in, and what they may do. */
export function whoami(
  options: RequestOptions = {},
): Promise<Me> {
  const path = "/api/me";
  return send("GET", path, {}, undefined, options);
}

export interface SignInParams {
  /** E-mail address */
  email: string;
  /** Password */
  password: string;
}

/** Signs a staff member in and sets the session cookie. */
export function signIn(
  params: SignInParams, options: RequestOptions = {},
): Promise<Me> {
  const path = "/api/session";
  return send("POST", path, {}, {
    email: params.email,
    password: params.password,
  }, options);
}

/** Ends the session. */
export function signOut(
  options: RequestOptions = {},
): Promise<Ok> {
  const path = "/api/session";
  return send("DELETE", path, {}, undefined, options);
}

export interface ChangeOwnPasswordParams {
  /** The present password */
  current: string;
  /** The new one */
  password: string;
}

/** Gives oneself a new password, for which the present one is asked. One's other sessions end. */
export function changeOwnPassword(
  params: ChangeOwnPasswordParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = "/api/me/password";
  return send("PUT", path, {}, {
    current: params.current,
    password: params.password,
  }, options);
}

/** Who may sign in, or could, and what the roles may do. */
export function listUsers(
  options: RequestOptions = {},
): Promise<UserList> {
  const path = "/api/admin/users";
  return send("GET", path, {}, undefined, options);
}

export interface AddUserParams {
  /** E-mail address to sign in with */
  email: string;
  /** Name, as colleagues and customers see it */
  name: string;
  /** What they may do */
  role: StaffRole;
  /** Password, for them to be told */
  password: string;
}

/** Lets somebody sign in. The command is ava user add, which asks for the password unseen. */
export function addUser(
  params: AddUserParams, options: RequestOptions = {},
): Promise<User> {
  const path = "/api/admin/users";
  return send("POST", path, {}, {
    email: params.email,
    name: params.name,
    role: params.role,
    password: params.password,
  }, options);
}

export interface ChangeUserParams {
  /** Who */
  user_id: string;
  /** Name */
  name?: string | null;
  /** What they may do */
  role?: StaffRole | null;
  /** Whether they may sign in no more */
  disabled?: boolean | null;
}

/** Changes a member of the staff. Another role and being disabled end their sessions; nobody can take the last owner away. */
export function changeUser(
  params: ChangeUserParams, options: RequestOptions = {},
): Promise<User> {
  const path = `/api/admin/users/${encodeURIComponent(params.user_id)}`;
  return send("PATCH", path, {}, {
    name: params.name,
    role: params.role,
    disabled: params.disabled,
  }, options);
}

export interface SetUserPasswordParams {
  /** Who */
  user_id: string;
  /** The new password */
  password: string;
}

/** Gives a member of the staff a new password, which ends their sessions. The command is ava user add --replace, which asks for it unseen. */
export function setUserPassword(
  params: SetUserPasswordParams, options: RequestOptions = {},
): Promise<User> {
  const path = `/api/admin/users/${encodeURIComponent(params.user_id)}/password`;
  return send("PUT", path, {}, {
    password: params.password,
  }, options);
}

/** Tokens of programs, newest first; never the token itself. */
export function listTokens(
  options: RequestOptions = {},
): Promise<TokenList> {
  const path = "/api/admin/tokens";
  return send("GET", path, {}, undefined, options);
}

export interface AddTokenParams {
  /** What it is for */
  name: string;
  /** What it may do */
  role: StaffRole;
  /** Until when it is good; for ever when absent */
  expires_at?: string | null;
}

/** Makes a token for a program. It is in this answer and not to be had again. */
export function addToken(
  params: AddTokenParams, options: RequestOptions = {},
): Promise<NewToken> {
  const path = "/api/admin/tokens";
  return send("POST", path, {}, {
    name: params.name,
    role: params.role,
    expires_at: params.expires_at,
  }, options);
}

export interface RevokeTokenParams {
  /** Which */
  token_id: string;
}

/** Makes a token good for nothing, at once. */
export function revokeToken(
  params: RevokeTokenParams, options: RequestOptions = {},
): Promise<Token> {
  const path = `/api/admin/tokens/${encodeURIComponent(params.token_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

/** What the business says of itself: facts, booking, hours, closures and locations. */
export function showBusiness(
  options: RequestOptions = {},
): Promise<Business> {
  const path = "/api/admin/business";
  return send("GET", path, {}, undefined, options);
}

export interface ChangeBusinessParams {
  /** Facts by name: business_name, time_zone, phone and so on */
  facts?: Record<string, unknown> | null;
  /** notice_minutes and horizon_days */
  booking?: Record<string, unknown> | null;
}

/** Changes those facts and booking settings that are given; null takes one away. */
export function changeBusiness(
  params: ChangeBusinessParams = {}, options: RequestOptions = {},
): Promise<Business> {
  const path = "/api/admin/business";
  return send("PATCH", path, {}, {
    facts: params.facts,
    booking: params.booking,
  }, options);
}

export interface SetHoursParams {
  /** Spans: weekday (1 Monday to 7 Sunday), opens and closes (HH:MM) */
  hours: unknown[];
}

/** Replaces the opening hours as a whole. */
export function setHours(
  params: SetHoursParams, options: RequestOptions = {},
): Promise<Business> {
  const path = "/api/admin/business/hours";
  return send("PUT", path, {}, {
    hours: params.hours,
  }, options);
}

/** Days on which the business or one provider is away, soonest first. */
export function listClosures(
  options: RequestOptions = {},
): Promise<ClosureList> {
  const path = "/api/admin/business/closures";
  return send("GET", path, {}, undefined, options);
}

export interface AddClosureParams {
  /** First day, YYYY-MM-DD */
  from: string;
  /** Last day; the first when absent */
  to?: string | null;
  /** Only this provider; the whole business when absent */
  provider?: string | null;
  /** Why, such as Christmas */
  reason?: string | null;
}

/** Adds days on which the business or one provider is away. */
export function addClosure(
  params: AddClosureParams, options: RequestOptions = {},
): Promise<Closure> {
  const path = "/api/admin/business/closures";
  return send("POST", path, {}, {
    from: params.from,
    to: params.to,
    provider: params.provider,
    reason: params.reason,
  }, options);
}

export interface DeleteClosureParams {
  /** The closure */
  closure_id: string;
}

/** Takes a closure away. */
export function deleteClosure(
  params: DeleteClosureParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/business/closures/${encodeURIComponent(params.closure_id)}`;
  return send("DELETE", path, {}, undefined, options);
}

export interface PutLocationParams {
  /** Its key: a-z, 0-9 and _ */
  key: string;
  /** Name */
  name: string;
  /** Address */
  address?: string | null;
  /** Telephone number */
  phone?: string | null;
  /** How to get there */
  directions?: string | null;
  /** Where to park */
  parking?: string | null;
  /** Place in the list; where it was, or at the end, when absent */
  position?: number | null;
}

/** Makes a location, or replaces the one of that key. */
export function putLocation(
  params: PutLocationParams, options: RequestOptions = {},
): Promise<Location> {
  const path = `/api/admin/business/locations/${encodeURIComponent(params.key)}`;
  return send("PUT", path, {}, {
    name: params.name,
    address: params.address,
    phone: params.phone,
    directions: params.directions,
    parking: params.parking,
    position: params.position,
  }, options);
}

export interface DeleteLocationParams {
  /** Its key */
  key: string;
}

/** Takes a location away. */
export function deleteLocation(
  params: DeleteLocationParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/business/locations/${encodeURIComponent(params.key)}`;
  return send("DELETE", path, {}, undefined, options);
}

export interface OrderBusinessParams {
  /** What to order */
  part: OrderedPart;
  /** Keys, the first first */
  keys: unknown[];
}

/** Puts services, providers, locations or articles into an order. Those that are not named follow in theirs. */
export function orderBusiness(
  params: OrderBusinessParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = "/api/admin/business/order";
  return send("PUT", path, {}, {
    part: params.part,
    keys: params.keys,
  }, options);
}

/** The services that are offered, in their order. */
export function listServices(
  options: RequestOptions = {},
): Promise<ServiceList> {
  const path = "/api/admin/services";
  return send("GET", path, {}, undefined, options);
}

export interface PutServiceParams {
  /** Its key: a-z, 0-9 and _ */
  key: string;
  /** Name */
  name: string;
  /** What it is */
  description?: string | null;
  /** What to do before the visit */
  preparation?: string | null;
  /** What to do after it */
  aftercare?: string | null;
  /** How long it takes */
  duration_minutes: number;
  /** Kept free after it */
  buffer_minutes?: number | null;
  /** Lowest price */
  price_from_cents?: number | null;
  /** Highest price; the lowest when absent */
  price_to_cents?: number | null;
  /** Other names that customers use */
  synonyms?: unknown[] | null;
  /** Place in the list; where it was, or at the end, when absent */
  position?: number | null;
}

/** Makes a service, or replaces the one of that key. */
export function putService(
  params: PutServiceParams, options: RequestOptions = {},
): Promise<Service> {
  const path = `/api/admin/services/${encodeURIComponent(params.key)}`;
  return send("PUT", path, {}, {
    name: params.name,
    description: params.description,
    preparation: params.preparation,
    aftercare: params.aftercare,
    duration_minutes: params.duration_minutes,
    buffer_minutes: params.buffer_minutes,
    price_from_cents: params.price_from_cents,
    price_to_cents: params.price_to_cents,
    synonyms: params.synonyms,
    position: params.position,
  }, options);
}

export interface DeleteServiceParams {
  /** Its key */
  key: string;
}

/** Takes a service off the list; appointments for it stay. */
export function deleteService(
  params: DeleteServiceParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/services/${encodeURIComponent(params.key)}`;
  return send("DELETE", path, {}, undefined, options);
}

/** Who gives the services, in their order. */
export function listProviders(
  options: RequestOptions = {},
): Promise<ProviderList> {
  const path = "/api/admin/providers";
  return send("GET", path, {}, undefined, options);
}

export interface PutProviderParams {
  /** Their key: a-z, 0-9 and _ */
  key: string;
  /** Name */
  name: string;
  /** Title, such as Nurse Practitioner */
  title?: string | null;
  /** What goes after the name, such as NP */
  credentials?: string | null;
  /** A sentence about them */
  about?: string | null;
  /** Keys of the services they give; all when absent */
  services?: unknown[] | null;
  /** Other names that customers use */
  synonyms?: unknown[] | null;
  /** Their own Google calendar, by its id; the setting google_calendar's when absent */
  calendar?: string | null;
  /** Spans as of the opening hours; whenever the business is open when absent */
  hours?: unknown[] | null;
  /** Place in the list; where it was, or at the end, when absent */
  position?: number | null;
}

/** Makes a provider, or replaces the one of that key, with their hours. */
export function putProvider(
  params: PutProviderParams, options: RequestOptions = {},
): Promise<Provider> {
  const path = `/api/admin/providers/${encodeURIComponent(params.key)}`;
  return send("PUT", path, {}, {
    name: params.name,
    title: params.title,
    credentials: params.credentials,
    about: params.about,
    services: params.services,
    synonyms: params.synonyms,
    calendar: params.calendar,
    hours: params.hours,
    position: params.position,
  }, options);
}

export interface DeleteProviderParams {
  /** Their key */
  key: string;
}

/** Takes a provider off the list; their appointments stay. */
export function deleteProvider(
  params: DeleteProviderParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/providers/${encodeURIComponent(params.key)}`;
  return send("DELETE", path, {}, undefined, options);
}

/** Questions and answers that the assistant knows, in their order. */
export function listFaq(
  options: RequestOptions = {},
): Promise<FaqList> {
  const path = "/api/admin/faq";
  return send("GET", path, {}, undefined, options);
}

export interface PutFaqParams {
  /** Its key: a-z, 0-9 and _ */
  key: string;
  /** The question */
  question: string;
  /** The answer, as it is told */
  answer: string;
  /** What it belongs to */
  category?: string | null;
  /** Other ways to ask */
  synonyms?: unknown[] | null;
  /** Place in the list; where it was, or at the end, when absent */
  position?: number | null;
}

/** Makes an article, or replaces the one of that key. */
export function putFaq(
  params: PutFaqParams, options: RequestOptions = {},
): Promise<FaqArticle> {
  const path = `/api/admin/faq/${encodeURIComponent(params.key)}`;
  return send("PUT", path, {}, {
    question: params.question,
    answer: params.answer,
    category: params.category,
    synonyms: params.synonyms,
    position: params.position,
  }, options);
}

export interface DeleteFaqParams {
  /** Its key */
  key: string;
}

/** Takes an article away. */
export function deleteFaq(
  params: DeleteFaqParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/faq/${encodeURIComponent(params.key)}`;
  return send("DELETE", path, {}, undefined, options);
}

export interface TryAnswerParams {
  /** As a customer would put it */
  question: string;
  /** In the manner of this channel (default: web) */
  channel?: Channel | null;
}

/** What the assistant would answer who asks that out of the blue. Nothing is sent, stored or booked, and the calendar is not looked at. */
export function tryAnswer(
  params: TryAnswerParams, options: RequestOptions = {},
): Promise<TriedAnswer> {
  const path = "/api/admin/business/try-answer";
  return send("POST", path, {}, {
    question: params.question,
    channel: params.channel,
  }, options);
}

/** The ways to the customers and the models: which are set up, by which settings, what is missing, and the addresses that providers must know. Nobody is asked; see check_channels. */
export function listChannels(
  options: RequestOptions = {},
): Promise<ChannelList> {
  const path = "/api/admin/channels";
  return send("GET", path, {}, undefined, options);
}

/** The same, after asking each provider that is set up: whether it can be reached, takes our credentials, and sends to our addresses. Only harmless questions are asked; it takes a few seconds at most. No secret is shown. */
export function checkChannels(
  options: RequestOptions = {},
): Promise<ChannelList> {
  const path = "/api/admin/channels/check";
  return send("POST", path, {}, undefined, options);
}

export interface ListInboxParams {
  /** Only this provider's, such as twilio */
  provider?: string;
  /** Only this kind: message, status */
  kind?: string;
  /** Only these: done; failed: genuine, but could not be processed */
  state?: InboxState;
  /** Only what was received at or after it */
  since?: string;
  /** Requests at most (default: 20) */
  limit?: number;
  /** next_cursor of the part before */
  cursor?: string;
}

/** The inbound journal: what providers sent, newest first. */
export function listInbox(
  params: ListInboxParams = {}, options: RequestOptions = {},
): Promise<InboxPage> {
  const path = "/api/admin/inbox";
  return send("GET", path, {
    provider: params.provider,
    kind: params.kind,
    state: params.state,
    since: params.since,
    limit: params.limit,
    cursor: params.cursor,
  }, undefined, options);
}

export interface ShowInboxParams {
  /** The request */
  request_id: string;
}

/** One inbound request, as it came. */
export function showInbox(
  params: ShowInboxParams, options: RequestOptions = {},
): Promise<InboxDetail> {
  const path = `/api/admin/inbox/${encodeURIComponent(params.request_id)}`;
  return send("GET", path, {}, undefined, options);
}

export interface ReplayInboxParams {
  /** This one */
  request_id?: string | null;
  /** Those received at or after it */
  since?: string | null;
  /** Of them, only this provider's */
  provider?: string | null;
  /** Of them, only this kind */
  kind?: string | null;
  /** Of them, only these */
  state?: InboxState | null;
}

/** Has inbound requests processed again, one by its id, or all since a time in the order in which they came. What they did already is not done twice. */
export function replayInbox(
  params: ReplayInboxParams = {}, options: RequestOptions = {},
): Promise<InboxReplay> {
  const path = "/api/admin/inbox/replay";
  return send("POST", path, {}, {
    request_id: params.request_id,
    since: params.since,
    provider: params.provider,
    kind: params.kind,
    state: params.state,
  }, options);
}

export interface ReconcileInboxParams {
  /** What was sent at or after it; two hours before where the last comparison got to, when absent */
  since?: string | null;
}

/** Compares with the provider's own list of messages: takes in what came in there and never arrived here, and delivery states that were missed. */
export function reconcileInbox(
  params: ReconcileInboxParams = {}, options: RequestOptions = {},
): Promise<InboxReconciled> {
  const path = "/api/admin/inbox/reconcile";
  return send("POST", path, {}, {
    since: params.since,
  }, options);
}

export interface PlaceCallParams {
  /** The customer's number, in E.164 or national form */
  to?: string | null;
  /** Instead of it: the customer, at the number on file */
  customer_id?: number | null;
  /** What for (default: callback) */
  purpose?: CallPurpose | null;
  /** What is said first, such as: Hello, this is Glow, you asked us to call back; the greeting when absent */
  say?: string | null;
  /** The business's number; twilio_number when absent */
  from?: string | null;
}

/** Has the assistant call a customer. Asked are the customer's opt-outs of calls; reminders and marketing wait for the customer's day. */
export function placeCall(
  params: PlaceCallParams = {}, options: RequestOptions = {},
): Promise<PlacedCall> {
  const path = "/api/admin/calls";
  return send("POST", path, {}, {
    to: params.to,
    customer_id: params.customer_id,
    purpose: params.purpose,
    say: params.say,
    from: params.from,
  }, options);
}

export interface ListLiveCallsParams {
  /** Only the call of this conversation */
  conversation_id?: string;
}

/** The calls that go on, on all servers, oldest first, at most 200, with what was said so far. On /ws/live a change of kind call tells that one began, that there is more of it, or that it ended; a message of kind call_said has the words as they are spoken, of the calls of the server that one is connected to. */
export function listLiveCalls(
  params: ListLiveCallsParams = {}, options: RequestOptions = {},
): Promise<LiveCalls> {
  const path = "/api/admin/calls/live";
  return send("GET", path, {
    conversation_id: params.conversation_id,
  }, undefined, options);
}

export interface EndCallParams {
  /** The call's conversation */
  conversation_id: string;
}

/** Has the assistant say goodbye and end a call that goes on. */
export function endCall(
  params: EndCallParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/calls/live/${encodeURIComponent(params.conversation_id)}/end`;
  return send("POST", path, {}, undefined, options);
}

export interface TransferCallParams {
  /** The call's conversation */
  conversation_id: string;
}

/** Has the assistant put a caller through to the person of transfer_number now. */
export function transferCall(
  params: TransferCallParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = `/api/admin/calls/live/${encodeURIComponent(params.conversation_id)}/transfer`;
  return send("POST", path, {}, undefined, options);
}

export interface ShowPlacedCallParams {
  /** The call */
  call_id: string;
}

/** How a call stands that the assistant was to make. */
export function showPlacedCall(
  params: ShowPlacedCallParams, options: RequestOptions = {},
): Promise<PlacedCall> {
  const path = `/api/admin/calls/placed/${encodeURIComponent(params.call_id)}`;
  return send("GET", path, {}, undefined, options);
}

/** What the web chat's script must know before anybody writes. */
export function chatInfo(
  options: RequestOptions = {},
): Promise<ChatInfo> {
  const path = "/api/chat";
  return send("GET", path, {}, undefined, options);
}

export interface ChatSendParams {
  /** The visitor's secret: 32 random bytes in base64url, made by the browser */
  key: string;
  /** What the browser calls the message */
  client_id: string;
  /** What is said */
  text: string;
  /** The address of the page on which it is said */
  page?: string | null;
}

/** A visitor's message to the web chat. The visitor is whoever has the key; sent again with the same id, it counts once. */
export function chatSend(
  params: ChatSendParams, options: RequestOptions = {},
): Promise<ChatSent> {
  const path = "/api/chat/messages";
  return send("POST", path, {}, {
    key: params.key,
    client_id: params.client_id,
    text: params.text,
    page: params.page,
  }, options);
}

export interface ChatReadParams {
  /** The visitor's secret */
  key: string;
  /** The newest message that the page has; some of what came shortly before it is sent again */
  after?: string | null;
}

/** What was said in a visitor's chat since a time, and how it stands. For pages that cannot hold a WebSocket (/ws/chat). */
export function chatRead(
  params: ChatReadParams, options: RequestOptions = {},
): Promise<ChatThread> {
  const path = "/api/chat/read";
  return send("POST", path, {}, {
    key: params.key,
    after: params.after,
  }, options);
}

export interface ChatMoveParams {
  /** The visitor's secret */
  key: string;
  /** By which */
  channel: ChatMoveChannel;
  /** The visitor's number or e-mail address */
  address: string;
}

/** Goes on with a visitor's chat by text or e-mail. */
export function chatMove(
  params: ChatMoveParams, options: RequestOptions = {},
): Promise<ChatMoved> {
  const path = "/api/chat/move";
  return send("POST", path, {}, {
    key: params.key,
    channel: params.channel,
    address: params.address,
  }, options);
}

export interface ChatEndParams {
  /** The visitor's secret */
  key: string;
}

/** Ends a visitor's chat. The key opens nothing any more; the staff keep what was said. */
export function chatEnd(
  params: ChatEndParams, options: RequestOptions = {},
): Promise<Ok> {
  const path = "/api/chat/end";
  return send("POST", path, {}, {
    key: params.key,
  }, options);
}

export interface CreateVoiceLinkParams {
  /** The customer for whom it is meant, and who is known then by it; for anybody when absent */
  customer_id?: number | null;
  /** It is good for so long (default: 15) */
  minutes?: number | null;
}

/** A link with which somebody calls from a browser, without an account; it is good for one call. */
export function createVoiceLink(
  params: CreateVoiceLinkParams = {}, options: RequestOptions = {},
): Promise<VoiceLink> {
  const path = "/api/admin/voice/links";
  return send("POST", path, {}, {
    customer_id: params.customer_id,
    minutes: params.minutes,
  }, options);
}
