// SPDX-License-Identifier: Apache-2.0
// Lays a conversation out: messages and events in one order of time, cut into days, and a call's
// transcript into turns. Pure; draws nothing.
import type { ConversationDetail, Event as CommunicationEvent, Message, Note } from "../api";

export type Entry =
  | { kind: "message"; id: string; at: string; message: Message }
  | { kind: "note"; id: string; at: string; note: Note }
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
    ...detail.notes.map((n): Entry => ({ kind: "note", id: n.id, at: n.created_at, note: n })),
    ...detail.events.map((e): Entry => ({ kind: "event", id: e.id, at: e.timestamp, event: e })),
  ];
  // At one instant: the beginning, then the message, then the events it led to.
  const rank = (e: Entry): number =>
    e.kind !== "event" ? 1 : e.event.event_type === "session_started" ? 0 : 2;
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
  /** The other spoke into it. */
  interrupted: boolean;
}

const ours = new Set(["assistant", "ava", "agent", "ai", "system", "staff"]);

function segmentTurn(segment: unknown): Turn | null {
  if (typeof segment !== "object" || segment === null) return null;
  const { speaker, text, timestamp, interrupted } = segment as Record<string, unknown>;
  if (typeof text !== "string" || !text.trim()) return null;
  return {
    customer: typeof speaker !== "string" || !ours.has(speaker.toLowerCase()),
    text,
    seconds: typeof timestamp === "number" ? timestamp : null,
    interrupted: interrupted === true,
  };
}

/** "Customer: …" and "Ava: …" a line; a line without a speaker goes on with the turn before. */
function lineTurns(content: string): Turn[] {
  const turns: Turn[] = [];
  for (const line of content.split("\n")) {
    const named = /^(customer|caller|ava|assistant|agent|staff):\s*(.*)$/i.exec(line);
    const before = turns[turns.length - 1];
    if (named) {
      turns.push({ customer: !ours.has((named[1] ?? "").toLowerCase()), text: named[2] ?? "", seconds: null, interrupted: false });
    } else if (before) {
      before.text += `\n${line}`;
    } else if (line.trim()) {
      turns.push({ customer: true, text: line, seconds: null, interrupted: false });
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

/** A tool that ran in a call. */
export interface ToolRun {
  name: string;
  seconds: number | null;
  args: unknown;
  result: unknown;
  failed: boolean;
}

function toolRun(call: unknown): ToolRun | null {
  if (typeof call !== "object" || call === null) return null;
  const { name, timestamp, args, result, success } = call as Record<string, unknown>;
  if (typeof name !== "string" || !name) return null;
  const error = typeof result === "object" && result !== null && "error" in result;
  return {
    name: name.replaceAll("_", " "), seconds: typeof timestamp === "number" ? timestamp : null,
    args, result, failed: success === false || error,
  };
}

export type CallEntry = { kind: "turn"; turn: Turn } | { kind: "tool"; tool: ToolRun };

/** Turns and tools in the order of their time; a tool without one stands at the end. */
export function callEntries(message: Message): CallEntry[] {
  const tools = ((message.voice?.function_calls ?? []) as unknown[]).map(toolRun).filter((t) => t !== null);
  tools.sort((a, b) => (a.seconds ?? Infinity) - (b.seconds ?? Infinity));
  const entries: CallEntry[] = [];
  for (const turn of callTurns(message)) {
    while (tools[0] && turn.seconds !== null && (tools[0].seconds ?? Infinity) < turn.seconds) {
      entries.push({ kind: "tool", tool: tools.shift()! });
    }
    entries.push({ kind: "turn", turn });
  }
  return [...entries, ...tools.map((tool): CallEntry => ({ kind: "tool", tool }))];
}

/** A mail's own words, and what it quotes of those before (null: nothing). */
export function splitQuote(text: string): { own: string; quote: string | null } {
  const lines = text.split("\n");
  const begins = lines.findIndex((line, i) => {
    if (/^-{2,}\s*(original message|forwarded message|mensaje original|ursprüngliche nachricht)/i.test(line.trim())) return true;
    if (/^>/.test(line)) return true;
    // "On Monday, Ann <a@b.c> wrote:", which may go over two lines.
    const two = `${line} ${lines[i + 1] ?? ""}`;
    const said = /^(on|el|am|le) .{5,200}(wrote|escribió|schrieb.*|a écrit)\s?:\s*$/i;
    return (said.test(line.trim()) || said.test(two.trim())) && lines.slice(i + 1, i + 4).some((l) => /^>/.test(l) || !l.trim());
  });
  if (begins < 0) return { own: text.trimEnd(), quote: null };
  // Words after the quote are the sender's own too: answered between the lines, it is all shown.
  const after = lines.slice(begins).filter((l) => l.trim() && !/^>/.test(l)).length;
  const quoted = lines.slice(begins).filter((l) => /^>/.test(l)).length;
  if (quoted > 0 && after > 3) return { own: text.trimEnd(), quote: null };
  return { own: lines.slice(0, begins).join("\n").trimEnd(), quote: lines.slice(begins).join("\n").trimEnd() };
}

export interface Attachment {
  filename: string;
  size: number | null;
}

export function attachmentsOf(message: Message, unnamed: string): Attachment[] {
  const list = (message.email?.attachments ?? []) as unknown[];
  return list
    .filter((a) => typeof a === "object" && a !== null)
    .map((a) => {
      const { filename, size } = a as Record<string, unknown>;
      return {
        filename: typeof filename === "string" && filename ? filename : unnamed,
        size: typeof size === "number" ? size : null,
      };
    });
}

/** Only addresses that a browser fetches; anything else from outside (javascript:) is no link. */
export function webAddress(address: string | null | undefined): string | null {
  return address && /^https?:\/\//i.test(address) ? address : null;
}
