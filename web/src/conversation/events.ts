// SPDX-License-Identifier: Apache-2.0
// What happened in a conversation, in words. Pure but for the language; an event that is not known is
// shown as itself, never hidden.
import type { Event as CommunicationEvent } from "../api";
import { words } from "../words";
import { plainWords } from "../words/people";
import { dayAndTime } from "../words/times";

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

const withDetail = (said: string, detail: string | null): string => (detail ? `${said}: ${detail}` : said);

/** What an installation's own event says of itself: up to three plain details. */
function otherDetails(details: Record<string, unknown>): string | null {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(details)) {
    const text = scalar(value);
    if (text !== null && parts.length < 3) parts.push(`${name.replaceAll("_", " ")} ${text}`);
  }
  return parts.join(", ") || null;
}

export function eventWords(event: CommunicationEvent): EventWords {
  const { events: w, escalationReasons } = words().conversation;
  const details = (event.details ?? {}) as Record<string, unknown>;
  const detail = (name: string): string | null => scalar(details[name]);
  const named = (name: string): string | null => detail(name)?.replaceAll("_", " ") ?? null;
  const quiet = (said: string): EventWords => ({ words: said, tone: "quiet" });
  const attention = (said: string): EventWords => ({ words: said, tone: "attention" });
  const trouble = (said: string): EventWords => ({ words: said, tone: "trouble" });
  switch (event.event_type) {
    case "session_started":
      return quiet(w.session_started);
    case "intent_detected":
      return quiet(withDetail(w.intent_detected, named("intent")) + percent(details.confidence));
    case "escalation_requested":
      return attention(withDetail(w.escalation_requested,
        escalationReasons[detail("reason") ?? ""] ?? named("reason")));
    case "opt_out":
      return attention(withDetail(w.opt_out, detail("word") ?? named("source")));
    case "opt_in":
      return quiet(withDetail(w.opt_in, detail("word")));
    case "message_withheld":
      return attention(withDetail(w.message_withheld, detail("text")));
    case "mail_not_answered":
      return quiet(withDetail(w.mail_not_answered, named("reason")));
    case "error":
      return trouble(withDetail(w.error, detail("text") ?? named("what")));
    case "delivery_failed":
      return trouble(withDetail(w.delivery_failed, detail("text") ?? detail("code")));
    case "attachment_missing":
      return attention(withDetail(w.attachment_missing, detail("text")));
    case "function_called": {
      const failed = details.success === false;
      const said = withDetail(failed ? w.tried : w.did, named("name") ?? named("function_name"));
      return failed ? trouble(said) : quiet(said);
    }
    case "appointment_action":
      return quiet(withDetail(w.appointment, named("action")));
    case "details_given": {
      const differs = Object.keys(w.details).filter((what) => details[what] === "differs");
      return differs.length
        ? attention(w.toldOther(differs.map((what) => w.details[what]).join(", ")))
        : quiet(w.told);
    }
    case "conversation_completed":
      return quiet(w.completed(detail("by")));
    case "taken_over":
      return quiet(w.takenOver(detail("by")));
    case "handed_back":
      return quiet(withDetail(detail("by") === "lease" ? w.leaseOver : w.handedBack(detail("by")), detail("note")));
    case "conversation_reopened":
      return quiet(w.reopened);
    case "call_not_answered":
      return attention(withDetail(w.callNotAnswered, detail("text") ?? named("status")));
    case "machine_answered":
      return attention(withDetail(w.machineAnswered, detail("text") ?? named("answered_by")));
    case "listening_began":
      return quiet(w.listeningBegan(detail("by")));
    case "listening_ended":
      return quiet(w.listeningEnded(detail("by")));
    case "call_transferred":
      return quiet(withDetail(w.transferred, detail("reason")));
    case "person_dialled":
      return details.answered === true ? quiet(w.personTook) : attention(withDetail(w.personDidNot, named("status")));
    case "chat_moved":
      return quiet(w.chatMoved(detail("channel") === "email" ? "email" : "text"));
    case "assigned":
      return quiet(w.assigned(detail("by"), detail("to")));
    case "snoozed":
      return quiet(w.snoozed(detail("by"), detail("until") ? dayAndTime(detail("until") ?? "", new Date()) : ""));
    case "snooze_over":
      return quiet(w.snoozeOver(detail("by") === "time" ? null : detail("by")));
    case "call_resumed":
      return attention(w.callResumed);
    case "model_asked":
      return quiet(withDetail(w.modelAsked, detail("model")));
    case "conversation_scored":
      return quiet(withDetail(w.scored, detail("reason")));
    default:
      return quiet(withDetail(plainWords(event.event_type), otherDetails(details)));
  }
}
