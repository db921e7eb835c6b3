// SPDX-License-Identifier: Apache-2.0
// Lays a conversation out: messages and events in one order of time, cut into days, and a call's
// transcript into turns. Pure; draws nothing.
import type { ConversationDetail, Event as CommunicationEvent, Message } from "./api";

export type Entry =
  | { kind: "message"; id: string; at: string; message: Message }
  | { kind: "event"; id: string; at: string; event: CommunicationEvent };

export interface Day {
  at: string;
  entries: Entry[];
}

function dayKey(at: string): string {
  return new Date(at).toDateString();
}

export function layOut(detail: ConversationDetail): Day[] {
  const entries: Entry[] = [
    ...detail.messages.map((m): Entry => ({ kind: "message", id: m.id, at: m.sent_at, message: m })),
    ...detail.events.map((e): Entry => ({ kind: "event", id: e.id, at: e.timestamp, event: e })),
  ];
  // At one instant: the beginning, then the message, then the events it led to.
  const rank = (e: Entry): number =>
    e.kind === "message" ? 1 : e.event.event_type === "session_started" ? 0 : 2;
  const times = new Map(entries.map((e) => [e.id, Date.parse(e.at)]));
  entries.sort((a, b) => (times.get(a.id) ?? 0) - (times.get(b.id) ?? 0) || rank(a) - rank(b));

  const days: Day[] = [];
  let last = "";
  for (const entry of entries) {
    const key = dayKey(entry.at);
    if (key !== last) days.push({ at: entry.at, entries: [] });
    last = key;
    days[days.length - 1]?.entries.push(entry);
  }
  return days;
}

export interface Turn {
  customer: boolean;
  text: string;
  seconds: number | null;
}

const ours = new Set(["assistant", "ava", "agent", "ai", "system", "staff"]);

function segmentTurn(segment: unknown): Turn | null {
  if (typeof segment !== "object" || segment === null) return null;
  const { speaker, text, timestamp } = segment as Record<string, unknown>;
  if (typeof text !== "string" || !text.trim()) return null;
  return {
    customer: typeof speaker !== "string" || !ours.has(speaker.toLowerCase()),
    text,
    seconds: typeof timestamp === "number" ? timestamp : null,
  };
}

/** "Customer: …" and "Ava: …" a line; a line without a speaker goes on with the turn before. */
function lineTurns(content: string): Turn[] {
  const turns: Turn[] = [];
  for (const line of content.split("\n")) {
    const named = /^(customer|caller|ava|assistant|agent|staff):\s*(.*)$/i.exec(line);
    const before = turns[turns.length - 1];
    if (named) {
      turns.push({ customer: !ours.has((named[1] ?? "").toLowerCase()), text: named[2] ?? "", seconds: null });
    } else if (before) {
      before.text += `\n${line}`;
    } else if (line.trim()) {
      turns.push({ customer: true, text: line, seconds: null });
    }
  }
  return turns;
}

/** A call's turns: from its segments, or read from its text when it has none. */
export function callTurns(message: Message): Turn[] {
  const segments = (message.voice?.transcript_segments ?? []) as unknown[];
  const turns = segments.map(segmentTurn).filter((t) => t !== null);
  return turns.length ? turns : lineTurns(message.content);
}

/** Names of the tools that ran in a call. */
export function callActions(message: Message): string[] {
  const calls = (message.voice?.function_calls ?? []) as unknown[];
  return calls
    .map((c) => (typeof c === "object" && c !== null ? (c as Record<string, unknown>).name : null))
    .filter((n) => typeof n === "string");
}

export interface Attachment {
  filename: string;
  size: number | null;
}

export function attachmentsOf(message: Message): Attachment[] {
  const list = (message.email?.attachments ?? []) as unknown[];
  return list
    .filter((a) => typeof a === "object" && a !== null)
    .map((a) => {
      const { filename, size } = a as Record<string, unknown>;
      return {
        filename: typeof filename === "string" && filename ? filename : "Unnamed file",
        size: typeof size === "number" ? size : null,
      };
    });
}

/** Only addresses that a browser fetches; anything else from outside (javascript:) is no link. */
export function webAddress(address: string | null | undefined): string | null {
  return address && /^https?:\/\//i.test(address) ? address : null;
}
