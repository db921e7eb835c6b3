// SPDX-License-Identifier: Apache-2.0
// The live socket: tells what changed, never what it became (readers fetch that). Reconnects with
// back-off and resumes after the last change seen. Master of the connection's state; it does not
// know what is shown.
import type { CallState } from "../api";

export interface Change {
  id: number;
  kind: "conversation" | "message" | "event" | "customer" | "appointment" | "business" | "call" | "reply_template" | "view";
  conversation_id: string | null;
  message_id: string | null;
  customer_id: number | null;
}

/** What is said in a call that goes on, as it is spoken, or only what the call is at. */
export interface Spoken {
  conversation_id: string;
  state: CallState;
  /** Seconds since the call began. */
  timestamp: number;
  speaker?: "customer" | "assistant";
  /** The turn as far as it is heard; the next one is longer until it is final. */
  text?: string;
  final?: boolean;
}

/** Who else of the staff is in a conversation: the whole list, whenever it has changed. */
export interface Presence {
  conversation_id: string;
  who: { name: string; typing: boolean }[];
}

export type LiveState = "connecting" | "live" | "waiting";

export interface LiveListener {
  /** Anything may have changed: the socket has just been (re)joined. */
  joined(): void;
  changed(change: Change): void;
  spoken(spoken: Spoken): void;
  present(presence: Presence): void;
  state(state: LiveState): void;
  /** The socket was refused or lost before it was joined: perhaps nobody is signed in. */
  refused(): void;
}

const firstWaitMs = 500;
const longestWaitMs = 15_000;
const staleAfterHiddenMs = 60_000;

export interface Live {
  end: () => void;
  /** Says something to the server; lost when the socket is not joined, so say it again in joined(). */
  say: (what: object) => void;
}

export function liveConnect(listener: LiveListener): Live {
  let socket: WebSocket | null = null;
  let timer: number | undefined;
  let waitMs = firstWaitMs;
  let lastId: number | null = null;
  let hiddenAt: number | null = null;
  let ended = false;

  function open(): void {
    window.clearTimeout(timer);
    if (ended || socket) return;
    listener.state("connecting");
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    const since = lastId === null ? "" : `?since=${lastId}`;
    const mine = new WebSocket(`${scheme}//${location.host}/ws/live${since}`);
    let joined = false;
    socket = mine;
    mine.onmessage = (frame) => {
      if (socket !== mine) return;
      const said = read(frame.data);
      if (said?.type === "hello") {
        joined = true;
        waitMs = firstWaitMs;
        // With `since`, what was missed follows one by one; a server that counts lower is another
        // history, where only a fresh look helps. joined() looks afresh in every case.
        lastId = lastId !== null && said.last_id >= lastId ? lastId : said.last_id;
        listener.state("live");
        listener.joined();
      } else if (said?.type === "change") {
        lastId = Math.max(lastId ?? 0, said.id);
        listener.changed(said);
      } else if (said?.type === "call_said" || said?.type === "call_state") {
        listener.spoken(said);
      } else if (said?.type === "presence") {
        listener.present(said);
      }
    };
    mine.onclose = () => {
      if (socket !== mine) return;
      socket = null;
      if (!joined) listener.refused();
      again();
    };
  }

  function again(): void {
    if (ended) return;
    listener.state("waiting");
    timer = window.setTimeout(open, waitMs * (0.75 + Math.random() / 2));
    waitMs = Math.min(waitMs * 2, longestWaitMs);
  }

  /** Drops a socket that may be dead without having said so, and tries at once. */
  function restart(): void {
    const old = socket;
    socket = null;
    old?.close();
    waitMs = firstWaitMs;
    open();
  }

  function visibility(): void {
    if (document.hidden) {
      hiddenAt = Date.now();
    } else if (hiddenAt !== null && Date.now() - hiddenAt > staleAfterHiddenMs) {
      hiddenAt = null;
      restart();
    } else if (!socket) {
      open();
    }
  }

  window.addEventListener("online", restart);
  document.addEventListener("visibilitychange", visibility);
  open();
  return {
    end: () => {
      ended = true;
      window.clearTimeout(timer);
      window.removeEventListener("online", restart);
      document.removeEventListener("visibilitychange", visibility);
      socket?.close();
      socket = null;
    },
    say: (what) => {
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(what));
    },
  };
}

type Said = { type: "hello"; last_id: number } | ({ type: "change" } & Change) | ({ type: "call_said" | "call_state" } & Spoken) | ({ type: "presence" } & Presence);

const known: ReadonlySet<string> = new Set<Said["type"]>(["hello", "change", "call_said", "call_state", "presence"]);

/** A frame that is not understood is passed over: a newer server may say more. */
function read(data: unknown): Said | null {
  if (typeof data !== "string") return null;
  try {
    const said: unknown = JSON.parse(data);
    if (typeof said !== "object" || said === null || !("type" in said)) return null;
    return typeof said.type === "string" && known.has(said.type) ? (said as Said) : null;
  } catch {
    return null;
  }
}
