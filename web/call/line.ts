// SPDX-License-Identifier: Apache-2.0
// The line to the server: WS /ws/voice/{session}. A socket that was refused does not tell a page why,
// so the same address is asked again without one, which uses up nothing.
import { newId } from "../chat/wire";
import { fromBase64, toBase64 } from "./form";

export type State = "listening" | "thinking" | "speaking";

export interface Listener {
  opened(): void;
  sound(samples: Int16Array): void;
  clear(): void;
  state(state: State): void;
  said(speaker: "customer" | "assistant", text: string, final: boolean): void;
  trouble(message: string): void;
  /** why: in the server's words; "" when the call ended in good order. */
  ended(why: string): void;
}

/** What the page's address says behind its #: of a link, or nothing. */
export function invitation(hash: string): { session: string; token: string | null } {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  return { session: said.get("session") ?? newId(), token: said.get("token") };
}

export class Line {
  private readonly socket: WebSocket;
  private readonly path: string;
  private open = false;

  constructor(
    session: string,
    token: string | null,
    private readonly to: Listener,
  ) {
    this.path = `/ws/voice/${encodeURIComponent(session)}${token === null ? "" : `?token=${encodeURIComponent(token)}`}`;
    this.socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}${this.path}`);
    this.socket.onopen = () => {
      this.open = true;
      to.opened();
    };
    this.socket.onmessage = (m) => this.take(String(m.data));
    this.socket.onclose = (e) => {
      if (!this.open) void this.askWhy().then((why) => to.ended(why));
      else to.ended(e.code === 1000 || e.code === 1005 ? "" : e.reason || "The connection broke.");
      this.open = false;
    };
  }

  private async askWhy(): Promise<string> {
    try {
      const answer = await fetch(this.path, { referrerPolicy: "no-referrer", cache: "no-store" });
      const problem = (await answer.json()) as { status?: number; detail?: string };
      if (answer.status !== 426 && problem.detail) return `${problem.detail[0]!.toUpperCase()}${problem.detail.slice(1)}.`;
    } catch {
      // it cannot be reached at all
    }
    return "The call could not be put through. Please try again.";
  }

  private take(text: string): void {
    const m = JSON.parse(text) as { type: string; data?: unknown };
    const data = (m.data ?? {}) as { speaker?: "customer" | "assistant"; text?: string; final?: boolean; message?: string };
    switch (m.type) {
      case "audio":
        this.to.sound(fromBase64(String(m.data)));
        break;
      case "clear":
        this.to.clear();
        break;
      case "state":
        this.to.state(m.data as State);
        break;
      case "transcript":
        if (data.speaker && data.text) this.to.said(data.speaker, data.text, data.final === true);
        break;
      case "error":
        this.to.trouble(data.message ?? "");
        break;
    }
  }

  private send(message: object): void {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  sound(samples: Int16Array): void {
    // What a slow network cannot carry is not kept: a call is of now.
    if (this.socket.bufferedAmount < 256 * 1024) this.send({ type: "audio", data: toBase64(samples) });
  }

  text(text: string): void {
    this.send({ type: "text", data: text });
  }

  played(ms: number): void {
    this.send({ type: "played", data: { ms } });
  }

  interrupt(): void {
    this.send({ type: "interrupt" });
  }

  /** In good order: the server says goodbye and ends it; if it does not, we do. */
  end(): void {
    this.send({ type: "end_session" });
    setTimeout(() => this.socket.close(1000), 3_000);
  }
}
