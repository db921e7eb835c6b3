// SPDX-License-Identifier: Apache-2.0
// A call of the sandbox in words: what each side said, in the order of its time, and how it stands.
// Pure.
import type { Words } from "../words";
import type { Moment, SandboxCall } from "./sandbox";

type CallWords = Words["tryAva"]["call"];

export interface CallRow {
  at: number;
  who: "me" | "ava" | "event";
  text: string;
  note?: string;
}

const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/** What the network and the other telephones did; undefined: nothing to tell. */
function eventOf(m: Moment, w: CallWords): string | undefined {
  switch (m.what) {
    case "dials": return w.putThrough(m.text ?? "");
    case "connected": return w.state.connectedTo(m.text ?? "");
    case "dialled": return m.text === "completed" ? w.otherHungUp : w.other(m.text ?? "");
    case "error": return w.error(m.text ?? "");
    case "crashed": return w.broke;
    default: return undefined;
  }
}

function fromMoments(call: SandboxCall, w: CallWords): CallRow[] {
  const rows: CallRow[] = [];
  const knowsWords = (call.words?.length ?? 0) > 0;
  for (const m of call.moments) {
    const event = eventOf(m, w);
    if (m.what === "said") rows.push({ at: m.at_ms, who: "me", text: m.text || w.aSound, ...(m.n ? { note: w.interrupting } : {}) });
    else if (m.what === "pressed") rows.push({ at: m.at_ms, who: "me", text: w.keys(m.text ?? "") });
    else if (m.what === "heard") rows.push({ at: m.at_ms, who: "ava", text: m.text ?? "", note: w.announcement });
    else if (m.what === "sound" && !knowsWords) rows.push({ at: m.at_ms, who: "ava", text: w.speaks });
    else if (event) rows.push({ at: m.at_ms, who: "event", text: event });
  }
  return rows;
}

/** What the product has: Ava's words, and the caller's where she understood something else. */
function fromWords(call: SandboxCall, w: CallWords): CallRow[] {
  const begin = call.moments.find((m) => m.what === "stream")?.at_ms ?? 0;
  const said = new Set(call.moments.filter((m) => m.what === "said").map((m) => plain(m.text ?? "")));
  return (call.words ?? []).flatMap((one): CallRow[] => {
    const at = begin + one.timestamp * 1000;
    if (one.speaker === "assistant") return [{ at, who: "ava", text: one.text, ...(one.interrupted ? { note: w.interrupted } : {}) }];
    return said.has(plain(one.text)) ? [] : [{ at, who: "event", text: w.understood(one.text) }];
  });
}

export const callRows = (call: SandboxCall, w: CallWords): CallRow[] =>
  [...fromMoments(call, w), ...fromWords(call, w)].sort((a, b) => a.at - b.at);

export type Light = "waits" | "speaks" | "listens" | "over" | "lost";

function overWords(call: SandboxCall, w: CallWords): [string, Light] {
  const taken = call.webhook_status >= 200 && call.webhook_status < 300;
  if (!taken && call.direction === "inbound") return [w.state.notTaken, "lost"];
  switch (call.status) {
    case "busy": return [w.state.busy, "lost"];
    case "no-answer": return [w.state.noAnswer, "lost"];
    case "failed": return [w.state.failed, "lost"];
    case "canceled": return [w.state.canceled, "lost"];
    default: return [w.state.over, "over"];
  }
}

/** How it stands, in words and as a light; undefined: it is being placed. */
export function callState(call: SandboxCall | undefined, w: CallWords): [string, Light] {
  if (!call) return [w.state.calling, "waits"];
  if (!call.live) return overWords(call, w);
  const last = (...whats: string[]): Moment | undefined => call.moments.filter((m) => whats.includes(m.what)).at(-1);
  if (!last("answered")) return [call.direction === "inbound" ? w.state.ringing : w.state.avaCalls, "waits"];
  const leg = last("dials", "connected", "dialled");
  if (leg?.what === "dials") return [w.state.ringsAt(leg.text ?? ""), "waits"];
  if (leg?.what === "connected") return [w.state.connectedTo(leg.text ?? ""), "speaks"];
  if (!call.streaming) return [last("stream") ? w.state.line : w.state.connecting, "waits"];
  return last("sound", "quiet", "cleared")?.what === "sound" ? [w.state.speaks, "speaks"] : [w.state.listens, "listens"];
}

/** Its last words are written a moment after its end; so long is it looked at. */
const writtenMs = 6000;
export const isWritten = (call: SandboxCall, endedAt: number): boolean =>
  !call.live && call.settled && (!call.frames_sent || Date.now() - endedAt > writtenMs);
