// SPDX-License-Identifier: Apache-2.0
// The sandbox as the server passes it on under /api/sandbox/. It is a stand-in for providers and no
// part of the documented interface, so its types stand here; of what it says only what is shown.
import { ApiError } from "../api";

export interface Health {
  number: string;
  mail_address: string;
}

export interface SandboxText {
  seq: number;
  sid: string;
  direction: "inbound" | "outbound";
  body: string;
  status: string;
  product_status?: number;
  media: { type: string }[];
  created: string;
}

export interface SandboxMail {
  seq: number;
  direction: "inbound" | "outbound";
  from: string;
  from_name: string | null;
  subject: string;
  message_id: string;
  new_text: string;
  status: string;
  product_status?: number;
  files: { name: string }[];
  created: string;
}

export interface Moment {
  at_ms: number;
  what: string;
  text?: string;
  n?: number;
}

export interface Word {
  speaker: string;
  text: string;
  timestamp: number;
  interrupted?: boolean;
}

export interface SandboxCall {
  sid: string;
  direction: "inbound" | "outbound";
  from: string;
  to: string;
  parent: string | null;
  status: string;
  live: boolean;
  settled: boolean;
  streaming: boolean;
  ms: number;
  frames_sent: number;
  webhook_status: number;
  moments: Moment[];
  words?: Word[];
  conversation_id?: string | null;
}

async function ask<T>(path: string, body?: object): Promise<T> {
  const answer = await fetch(`/api/sandbox/${path}`, {
    headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json", "X-Ava-Request": "1" } : {}) },
    credentials: "same-origin",
    ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) {
    const problem = (await answer.json().catch(() => ({}))) as { title?: string; detail?: string };
    throw new ApiError({ type: "about:blank", title: answer.statusText, ...problem, status: answer.status });
  }
  return (await answer.json()) as T;
}

const has = (who: string): string => encodeURIComponent(who);

export const readHealth = () => ask<Health>("health");
export const readTexts = async (who: string) => (await ask<{ messages: SandboxText[] }>(`messages?limit=1000&with=${has(who)}`)).messages;
export const sendText = (from: string, body: string) => ask<{ status: number }>("text", { from, body });
export const readMails = async (who: string) => (await ask<{ mails: SandboxMail[] }>(`mail?limit=1000&with=${has(who)}`)).mails;
export const sendMail = (mail: { from: string; subject: string; text: string; in_reply_to?: string }) =>
  ask<{ status: number }>("mail", { ...mail, by: "parsed" });

/** On the line, until something else is asked for. */
const stay = { silence: 3_600_000 };
export const dial = (from: string) => ask<{ sid: string }>("call", { from, record: true, script: [stay] });
export const act = (sid: string, step: { say: string } | { press: string }) => ask<unknown>(`calls/${sid}`, { script: [step, stay] });
export const hangUp = (sid: string) => ask<unknown>(`calls/${sid}`, { script: [{ hangup: true }] });
export const readCall = (sid: string) => ask<SandboxCall>(`calls/${sid}?words=true`);
export const audioOf = (sid: string, afterMs?: number): string =>
  `/api/sandbox/calls/${sid}/audio${afterMs === undefined ? "" : `?after_ms=${Math.floor(afterMs)}`}`;
/** A call of that number that goes on, such as one that Ava makes. */
export async function liveCallOf(number: string): Promise<string | null> {
  const { calls } = await ask<{ calls: SandboxCall[] }>(`calls?live=true&with=${has(number)}`);
  return calls.filter((c) => (c.direction === "inbound" ? c.from : c.to) === number && c.parent === null).at(-1)?.sid ?? null;
}
