// SPDX-License-Identifier: Apache-2.0
// A call's words: those that the server has kept, and after them those that were heard since. Pure.
import type { LiveCall } from "../api";
import type { Spoken } from "../app/live";
import { callTurns, type Turn } from "../conversation/thread";

export interface Heard extends Turn {
  seconds: number;
  final: boolean;
}

/** A turn grows until it is final. */
export function hear(before: readonly Heard[], spoken: Spoken): Heard[] {
  const { text, speaker, timestamp, final = true } = spoken;
  if (!text) return [...before];
  const turn: Heard = { customer: speaker === "customer", text, seconds: timestamp, interrupted: false, final };
  const last = before.at(-1);
  if (last && !last.final && last.customer === turn.customer) return [...before.slice(0, -1), { ...turn, seconds: last.seconds }];
  return [...before, turn];
}

/** Words without what punctuation and an interruption change. */
const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

export function keptTurns(call: LiveCall): Turn[] {
  return callTurns({ voice: { transcript_segments: call.transcript_segments }, content: "" } as unknown as Parameters<typeof callTurns>[0]);
}

/** What was heard and is not among what was kept. */
export function notKept(kept: readonly Turn[], heard: readonly Heard[]): Heard[] {
  const known = kept.map((t) => ({ customer: t.customer, text: plain(t.text) }));
  return heard.filter((h) => {
    const text = plain(h.text);
    return !known.some((k) => k.customer === h.customer && (k.text.startsWith(text) || (k.text.length > 0 && text.startsWith(k.text) && h.final)));
  });
}
