// SPDX-License-Identifier: Apache-2.0
// The way to the server and back. What the visitor says is sent until the server has it, in its
// order, each under a name that makes it count once; what is said to them comes by a WebSocket, or,
// where none can be held, by asking. A connection that comes back says up to when it has read.
import type { ChatInfo, ChatMoved, ChatSent, ChatThread } from "../src/api";

export interface Outgoing {
  id: string;
  text: string;
  failed?: string;
}

export interface Listener {
  thread(thread: ChatThread): void;
  /** One was taken. */
  sent(outgoing: Outgoing, as: ChatSent): void;
  /** One cannot be sent as it is. */
  refused(outgoing: Outgoing): void;
  online(is: boolean): void;
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

const slowest = 30_000;
const askEvery = 4_000;

/** Longer each time, and never the same for all visitors at once. */
function pause(times: number): number {
  return Math.min(slowest, 500 * 2 ** times) * (0.5 + Math.random() / 2);
}

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** A UUID; crypto.randomUUID is not there on pages without TLS. */
export function newId(): string {
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}

export class Wire {
  key: string;
  private queue: Outgoing[] = [];
  private sending = false;
  private socket: WebSocket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private tries = 0;
  private newest = "";
  private live = false;

  constructor(
    private readonly base: string,
    key: string,
    private readonly to: Listener,
  ) {
    this.key = key;
    addEventListener("online", () => {
      const old = this.socket; // it may not know yet that its network is gone
      this.socket = undefined;
      old?.close();
      this.hurry();
    });
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.hurry());
  }

  private async ask<T>(path: string, body?: unknown): Promise<T> {
    const answer = await fetch(`${this.base}/api/chat${path}`, {
      ...(body === undefined
        ? {}
        : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
      credentials: "omit",
      referrerPolicy: "no-referrer",
    });
    const json: unknown = await answer.json().catch(() => null);
    if (!answer.ok) {
      const detail = (json as { detail?: unknown } | null)?.detail;
      throw new Refusal(answer.status, typeof detail === "string" ? detail : "");
    }
    return json as T;
  }

  info(): Promise<ChatInfo> {
    return this.ask("");
  }

  move(channel: string, address: string): Promise<ChatMoved> {
    return this.ask("/move", { key: this.key, channel, address });
  }

  async end(): Promise<void> {
    this.stop();
    const old = this.key;
    this.key = newKey();
    this.newest = "";
    this.queue = [];
    await this.ask("/end", { key: old });
  }

  // ---- what the visitor says ----

  say(outgoing: Outgoing): void {
    delete outgoing.failed;
    this.queue.push(outgoing);
    void this.send();
  }

  private async send(): Promise<void> {
    if (this.sending) return;
    this.sending = true;
    for (let times = 0; this.queue.length > 0; ) {
      const first = this.queue[0]!;
      const key = this.key;
      try {
        const page = location.href.split(/[?#]/)[0]!.slice(0, 500);
        const sent = await this.ask<ChatSent>("/messages", { key, client_id: first.id, text: first.text, page });
        if (key === this.key) this.to.sent(first, sent);
        this.start();
      } catch (e) {
        if (key !== this.key) continue; // the chat was ended meanwhile
        if (!(e instanceof Refusal) || e.status >= 500 || e.status === 429) {
          if (!(e instanceof Refusal)) this.to.online(false);
          await new Promise((go) => setTimeout(go, pause(times++)));
          continue;
        }
        first.failed = e.message || " ";
        this.to.refused(first);
      }
      times = 0;
      if (key === this.key) this.queue.shift();
    }
    this.sending = false;
  }

  // ---- what is said to them ----

  /** From now on listens; before anybody has said anything there is nothing to listen to. */
  start(): void {
    if (this.live) return;
    this.live = true;
    this.connect();
  }

  private stop(): void {
    this.live = false;
    clearTimeout(this.timer);
    this.socket?.close();
    this.socket = undefined;
  }

  private take(thread: ChatThread): void {
    for (const m of thread.messages) if (m.at > this.newest) this.newest = m.at;
    this.to.online(true);
    this.to.thread(thread);
  }

  private connect(): void {
    const socket = new WebSocket(`${this.base.replace(/^http/, "ws")}/ws/chat`);
    this.socket = socket;
    socket.onopen = () =>
      socket.send(JSON.stringify({ type: "hello", key: this.key, ...(this.newest ? { after: this.newest } : {}) }));
    socket.onmessage = (m) => {
      if (socket !== this.socket) return;
      this.tries = 0;
      const frame = JSON.parse(String(m.data)) as { type: string; thread: ChatThread };
      if (frame.type === "thread") this.take(frame.thread);
    };
    socket.onclose = () => {
      if (socket !== this.socket || !this.live) return;
      this.socket = undefined;
      this.tries++;
      if (this.tries > 1) void this.read(); // perhaps sockets are what cannot pass
      this.timer = setTimeout(() => this.connect(), this.tries > 1 ? Math.max(askEvery, pause(this.tries)) : pause(0));
    };
  }

  private async read(): Promise<void> {
    const key = this.key;
    try {
      const thread = await this.ask<ChatThread>("/read", { key, ...(this.newest ? { after: this.newest } : {}) });
      if (key === this.key && this.live) this.take(thread);
    } catch (e) {
      this.to.online(e instanceof Refusal);
    }
  }

  private hurry(): void {
    if (!this.live || this.socket) return;
    clearTimeout(this.timer);
    this.connect();
  }
}
