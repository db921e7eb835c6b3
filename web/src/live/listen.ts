// SPDX-License-Identifier: Apache-2.0
// The sound of a call that goes on: WS /ws/calls/{conversation}/listen. Each side is played behind what
// came of it before: the caller as they speak, Ava's words as they are made, which is ahead of their
// time, until the caller speaks over her. Knows nothing of what is shown.

type Side = "customer" | "assistant";

type Said =
  | { type: "listening"; encoding: "ulaw" | "pcm16"; rate: number }
  | { type: "audio"; speaker: Side; data: string }
  | { type: "clear" };

const leadSeconds = 0.12;
/** The caller's sound is not played later than that: what waits behind it is left out. */
const lateSeconds = 1.5;
/** Small frames are gathered: one source each would be a hundred a second. */
const gatherSeconds = 0.08;

/** G.711 µ-law to samples. */
const ulaw = Float32Array.from({ length: 256 }, (_, code) => {
  const u = ~code & 0xff;
  const magnitude = (((u & 15) << 3) + 132 << ((u & 0x70) >> 4)) - 132;
  return (u & 0x80 ? -magnitude : magnitude) / 32_768;
});

export function samplesOf(encoding: "ulaw" | "pcm16", base64: string): Float32Array<ArrayBuffer> {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  if (encoding === "ulaw") return Float32Array.from(bytes, (code) => ulaw[code] ?? 0);
  return Float32Array.from(new Int16Array(bytes.buffer, 0, bytes.byteLength >> 1), (sample) => sample / 32_768);
}

/** Plays one side. */
class Track {
  private until = 0;
  private gathered: Float32Array[] = [];
  private seconds = 0;
  private flush: number | undefined;
  private readonly sources = new Set<AudioBufferSourceNode>();

  constructor(private readonly context: AudioContext, private readonly rate: number, private readonly mayLag: boolean) {}

  add(samples: Float32Array): void {
    this.gathered.push(samples);
    this.seconds += samples.length / this.rate;
    if (this.seconds >= gatherSeconds) this.play();
    else this.flush ??= window.setTimeout(() => this.play(), 2000 * gatherSeconds); // the end of what was said
  }

  private play(): void {
    this.forgetFlush();
    if (this.gathered.length === 0 || this.context.state === "closed") return;
    const now = this.context.currentTime;
    const buffer = this.context.createBuffer(1, this.gathered.reduce((n, s) => n + s.length, 0), this.rate);
    let at = 0;
    for (const samples of this.gathered) {
      buffer.getChannelData(0).set(samples, at);
      at += samples.length;
    }
    this.gathered = [];
    this.seconds = 0;
    if (!this.mayLag && this.until > now + lateSeconds) return;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    source.onended = () => this.sources.delete(source);
    this.sources.add(source);
    if (this.until < now) this.until = now + leadSeconds;
    source.start(this.until);
    this.until += buffer.duration;
  }

  private forgetFlush(): void {
    window.clearTimeout(this.flush);
    this.flush = undefined;
  }

  clear(): void {
    this.forgetFlush();
    for (const source of this.sources) source.stop();
    this.sources.clear();
    this.gathered = [];
    this.seconds = 0;
    this.until = 0;
  }
}

export interface ListenEvents {
  heard(): void;
  /** why: in the server's words; null: the call is over. */
  ended(why: string | null): void;
}

const addressOf = (conversation: string) => `/ws/calls/${encodeURIComponent(conversation)}/listen`;

/** A socket that was refused does not tell a page why; the same address, asked without one, does. */
async function reasonOf(conversation: string): Promise<string> {
  try {
    const answer = await fetch(addressOf(conversation));
    const problem = (await answer.json()) as { detail?: string };
    return answer.status === 426 ? "" : problem.detail ?? "";
  } catch {
    return "";
  }
}

function read(data: unknown): Said | null {
  if (typeof data !== "string") return null;
  try {
    return JSON.parse(data) as Said;
  } catch {
    return null;
  }
}

/** Returns the function that ends it, after which nothing is told any more. */
export function listenTo(conversation: string, events: ListenEvents): () => void {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new WebSocket(`${scheme}//${location.host}${addressOf(conversation)}`);
  let context: AudioContext | null = null;
  let tracks: Record<Side, Track> | null = null;
  let encoding: "ulaw" | "pcm16" = "ulaw";
  let over = false;

  socket.onmessage = (frame) => {
    const said = read(frame.data);
    if (over || !said) return;
    if (said.type === "listening") {
      context = new AudioContext({ sampleRate: said.rate });
      tracks = { customer: new Track(context, said.rate, false), assistant: new Track(context, said.rate, true) };
      encoding = said.encoding;
      events.heard();
    } else if (said.type === "audio") {
      tracks?.[said.speaker]?.add(samplesOf(encoding, said.data));
    } else if (said.type === "clear") {
      tracks?.assistant.clear();
    }
  };
  socket.onclose = (closed) => {
    if (over) return;
    const begun = tracks !== null;
    end();
    if (closed.code === 1000) events.ended(null);
    else if (begun || closed.reason) events.ended(closed.reason);
    else void reasonOf(conversation).then(events.ended);
  };

  function end(): void {
    over = true;
    socket.close();
    void context?.close();
    context = null;
    tracks = null;
  }
  return end;
}
