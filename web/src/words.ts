// SPDX-License-Identifier: Apache-2.0
// The words the page has for what the server sends: channels, states, outcomes, events, times.
// Pure functions; a value they do not know is shown as itself, never hidden.
import type {
  Channel, ConversationRow, ConversationStatus, EmailDetails, Event as CommunicationEvent, Outcome,
  SmsDetails,
} from "./api";

export const channels: readonly Channel[] = ["voice", "sms", "email", "whatsapp", "web"];

export const channelWords: Record<Channel, string> = {
  voice: "Calls",
  sms: "Texts",
  email: "E-mail",
  whatsapp: "WhatsApp",
  web: "Web",
};

export const channelWord: Record<Channel, string> = {
  voice: "Call",
  sms: "Text",
  email: "E-mail",
  whatsapp: "WhatsApp",
  web: "Web chat",
};

export const statusWord: Record<ConversationStatus, string> = {
  active: "Active",
  completed: "Completed",
  failed: "Broke off",
};

export const outcomeWord: Record<Outcome, string> = {
  appointment_scheduled: "Booked",
  appointment_rescheduled: "Moved",
  appointment_cancelled: "Cancelled",
  info_request: "Question",
  complaint: "Complaint",
  unresolved: "Unresolved",
};

/** some_words → Some words */
export function plainWords(name: string): string {
  const words = name.replaceAll("_", " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

interface Reachable {
  name: string | null;
  phone: string | null;
  email?: string | null;
}

/** Who it is, as well as is known. A customer who has given no name may have their number as one. */
export function customerTitle(who: Reachable | null, channel: Channel): string {
  const name = who?.name?.trim() || who?.phone || who?.email;
  if (name) return name === who?.phone ? phoneWords(name) : name;
  if (channel === "voice") return "Unknown caller";
  return channel === "web" ? "Unknown visitor" : "Unknown sender";
}

export const rowTitle = (row: ConversationRow): string =>
  customerTitle({ name: row.customer_name, phone: row.customer_phone }, row.channel);

/** An address for mailto:, with nothing in it that could add a header. */
export const mailAddress = (email: string): string => encodeURIComponent(email).replace("%40", "@");

/** +15551234567 → +1 555 123 4567; other numbers stay as they are. */
export function phoneWords(phone: string): string {
  const nanp = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(phone);
  return nanp ? `+1 ${nanp[1]} ${nanp[2]} ${nanp[3]}` : phone;
}

// ---- Times. English words in the reader's own English; the reader's own time zone. ----

const language = navigator.languages.find((l) => l.startsWith("en")) ?? "en";
const clock = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });
const dayInYear = new Intl.DateTimeFormat(language, { weekday: "long", month: "long", day: "numeric" });
const dayWithYear = new Intl.DateTimeFormat(language, { dateStyle: "long" });
const shortDay = new Intl.DateTimeFormat(language, { month: "short", day: "numeric" });
const shortDayWithYear = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
const weekday = new Intl.DateTimeFormat(language, { weekday: "short" });
const full = new Intl.DateTimeFormat(language, { dateStyle: "full", timeStyle: "short" });

export const clockTime = (at: string): string => clock.format(new Date(at));
export const fullTime = (at: string): string => full.format(new Date(at));

function midnight(at: Date): number {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate()).getTime();
}

/** Whole calendar days from `at` to `now`, whatever the clocks did between. */
function daysBetween(at: Date, now: Date): number {
  return Math.round((midnight(now) - midnight(at)) / 86_400_000);
}

export function dayName(at: string, now: Date): string {
  const day = new Date(at);
  const days = daysBetween(day, now);
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return (day.getFullYear() === now.getFullYear() ? dayInYear : dayWithYear).format(day);
}

/** As a list says it: now, 5 min, 14:03, Mon, 3 Nov, 3 Nov 2024. */
export function shortAge(at: string, now: Date): string {
  const day = new Date(at);
  const minutes = Math.floor((now.getTime() - day.getTime()) / 60_000);
  if (minutes < 1 && minutes > -2) return "now";
  if (minutes > 0 && minutes < 60) return `${minutes} min`;
  const days = daysBetween(day, now);
  if (days === 0) return clock.format(day);
  if (days > 0 && days < 7) return weekday.format(day);
  return (day.getFullYear() === now.getFullYear() ? shortDay : shortDayWithYear).format(day);
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

export function fileSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

// ---- Delivery ----

export interface Delivery {
  words: string;
  failed: boolean;
}

/** Twilio's codes for what staff can do something about. */
const deliveryErrors: Record<string, string> = {
  "21610": "the customer has opted out of texts",
  "21614": "this is not a mobile number",
  "30003": "the phone is switched off or out of reach",
  "30004": "the number does not accept this text",
  "30005": "the number does not exist",
  "30006": "a landline, or a carrier that takes no texts",
  "30007": "the carrier held it to be spam",
  "30008": "the carrier gave no reason",
};

export function delivery(sms: SmsDetails): Delivery | null {
  switch (sms.delivery_status) {
    case "queued":
      return { words: "Waiting to be sent", failed: false };
    case "sent":
      return { words: "Sent", failed: false };
    case "delivered":
      return { words: "Delivered", failed: false };
    case "failed":
    case "undelivered": {
      const why = sms.error_code && deliveryErrors[sms.error_code];
      const reason = why || sms.error_message || "no reason was given";
      const code = sms.error_code ? ` (${sms.error_code})` : "";
      const what = sms.delivery_status === "failed" ? "Not sent" : "Not delivered";
      return { words: `${what}: ${reason}${code}`, failed: true };
    }
    default:
      return null; // received: it is here
  }
}

/** What is known of an e-mail that was sent. */
export function letterDelivery(email: EmailDetails): Delivery | null {
  const why = email.error_message || "no reason was given";
  const code = email.error_code ? ` (${email.error_code})` : "";
  switch (email.delivery_status) {
    case "failed":
      return { words: `Not sent: ${why}${code}`, failed: true };
    case "bounced":
    case "dropped":
      return { words: `Not delivered: ${why}${code}`, failed: true };
    case "queued":
      return { words: "Waiting to be sent", failed: false };
  }
  if (email.opened_at) return { words: `Opened ${clockTime(email.opened_at)}`, failed: false };
  return email.delivery_status ? { words: plainWords(email.delivery_status), failed: false } : null;
}

// ---- Events ----

export interface EventWords {
  words: string;
  tone: "quiet" | "attention" | "trouble";
}

function scalar(value: unknown): string | null {
  if (typeof value === "string") return value.trim() || null;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return null;
}

function percent(value: unknown): string {
  return typeof value === "number" && value > 0 && value <= 1 ? ` (${Math.round(value * 100)} %)` : "";
}

function withDetail(words: string, detail: string | null): string {
  return detail ? `${words}: ${detail}` : words;
}

/** What an installation's own event says of itself: up to three plain details. */
function otherDetails(details: Record<string, unknown>): string | null {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(details)) {
    const text = scalar(value);
    if (text !== null && parts.length < 3) parts.push(`${name.replaceAll("_", " ")} ${text}`);
  }
  return parts.join(", ") || null;
}

const escalationReasons: Record<string, string> = {
  unknown: "Ava had no answer",
  attachment: "a file came, which Ava cannot look at",
  opted_out: "the customer wrote, but does not want to be answered here",
  details: "the customer told a name or contact to be looked at",
  stranger_in_thread: "an e-mail points at a conversation that is none of its sender's",
  sender_not_proven: "an e-mail may not be from whom it says",
  no_sender: "an e-mail does not say who wrote it",
  late: "an e-mail was written days ago",
  too_many: "somebody wrote more e-mails in an hour than are answered by themselves",
  calendar: "an appointment was declined in a calendar",
  moved_from_chat: "a visitor of the web chat who waits for an answer goes on here",
  cancel_or_opt_out: "CANCEL stops texts; an appointment may have been meant",
};

export function eventWords(event: CommunicationEvent): EventWords {
  const details = (event.details ?? {}) as Record<string, unknown>;
  const detail = (name: string): string | null => scalar(details[name]);
  const named = (name: string): string | null => detail(name)?.replaceAll("_", " ") ?? null;
  switch (event.event_type) {
    case "session_started":
      return { words: "The conversation began", tone: "quiet" };
    case "intent_detected":
      return { words: withDetail("Understood", named("intent")) + percent(details.confidence), tone: "quiet" };
    case "escalation_requested":
      return { words: withDetail("A person should look",
                 escalationReasons[detail("reason") ?? ""] ?? named("reason")),
               tone: "attention" };
    case "opt_out":
      return { words: withDetail("The customer asked for no more messages", detail("word") ?? named("source")),
               tone: "attention" };
    case "opt_in":
      return { words: withDetail("The customer asked for messages again", detail("word")), tone: "quiet" };
    case "message_withheld":
      return { words: withDetail("A message was not sent", detail("text")), tone: "attention" };
    case "mail_not_answered":
      return { words: withDetail("An e-mail was stored and not answered", named("reason")), tone: "quiet" };
    case "error":
      return { words: withDetail("Something failed", detail("text") ?? named("what")), tone: "trouble" };
    case "delivery_failed":
      return { words: withDetail("A message could not be delivered", detail("text") ?? detail("code")),
               tone: "trouble" };
    case "attachment_missing":
      return { words: withDetail("A file of the customer is missing", detail("text")), tone: "attention" };
    case "function_called": {
      const failed = details.success === false;
      return { words: withDetail(failed ? "Tried" : "Did", named("name") ?? named("function_name")),
               tone: failed ? "trouble" : "quiet" };
    }
    case "appointment_action":
      return { words: withDetail("Appointment", named("action")), tone: "quiet" };
    case "details_given": {
      const differs = ["name", "phone", "email"].filter((what) => details[what] === "differs");
      return differs.length
        ? { words: `The customer told another ${differs.join(", ")} than is on file`, tone: "attention" }
        : { words: "The customer told a name or how to reach them", tone: "quiet" };
    }
    case "conversation_completed":
      return { words: `The conversation was completed${detail("by") ? ` by ${detail("by")}` : ""}`, tone: "quiet" };
    case "taken_over":
      return { words: `${detail("by") ?? "A person"} took the conversation over`, tone: "quiet" };
    case "handed_back":
      return { words: withDetail(detail("by") === "lease"
                 ? "Ava answers again: nobody wrote for a while"
                 : `${detail("by") ?? "A person"} handed the conversation back to Ava`, detail("note")),
               tone: "quiet" };
    case "conversation_reopened":
      return { words: "The conversation goes on", tone: "quiet" };
    case "call_not_answered":
      return { words: withDetail("Nobody took our call", detail("text") ?? named("status")), tone: "attention" };
    case "call_transferred":
      return { words: withDetail("The caller was handed to a person", detail("reason")), tone: "quiet" };
    case "person_dialled":
      return details.answered === true
        ? { words: "A person took the call", tone: "quiet" }
        : { words: withDetail("The person who was to take the call did not come", named("status")), tone: "attention" };
    case "chat_moved":
      return {
        words: `The visitor of the web chat goes on by ${detail("channel") === "email" ? "e-mail" : "text"}, in a conversation of its own`,
        tone: "quiet",
      };
    case "conversation_scored":
      return { words: withDetail("Scored", detail("reason")), tone: "quiet" };
    default:
      return { words: withDetail(plainWords(event.event_type), otherDetails(details)), tone: "quiet" };
  }
}
