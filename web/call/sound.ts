// SPDX-License-Identifier: Apache-2.0
// The microphone and the loudspeaker. Both are opened by a click, which browsers ask for; the
// loudspeaker's clock runs at the call's own rate, where the browser can.
import hearUrl from "./hear.worklet.ts?worker&url";
import playUrl from "./play.worklet.ts?worker&url";
import { rate } from "./form";

/** Why there is no microphone. */
export type Deaf = "denied" | "none" | "busy" | "insecure" | "failed";

export function whyDeaf(error: unknown): Deaf {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none";
    case "NotReadableError":
    case "AbortError":
      return "busy";
    default:
      return "failed";
  }
}

export class Microphone {
  private constructor(
    private readonly stream: MediaStream,
    private readonly context: AudioContext,
  ) {}

  muted = false;

  /** Rejects with a Deaf. `lost` is called when the microphone goes away later. */
  static async open(heard: (samples: Int16Array, peak: number) => void, lost: () => void): Promise<Microphone> {
    if (!isSecureContext || !navigator.mediaDevices?.getUserMedia) throw "insecure" satisfies Deaf;
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch (e) {
      throw whyDeaf(e);
    }
    const context = new AudioContext();
    const mic = new Microphone(stream, context);
    try {
      await context.audioWorklet.addModule(hearUrl);
      const node = new AudioWorkletNode(context, "hear", { numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
      node.port.onmessage = (m: MessageEvent<{ samples: Int16Array; peak: number }>) => {
        if (mic.muted) heard(m.data.samples.fill(0), 0);
        else heard(m.data.samples, m.data.peak);
      };
      context.createMediaStreamSource(stream).connect(node);
      await context.resume();
    } catch {
      mic.close();
      throw "failed" satisfies Deaf;
    }
    for (const track of stream.getAudioTracks()) track.addEventListener("ended", lost);
    return mic;
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
    void this.context.close();
  }
}

export class Loudspeaker {
  private constructor(
    private readonly context: AudioContext,
    private readonly node: AudioWorkletNode,
  ) {}

  /** `played`: so many milliseconds of all that was given lie behind; whether there is more. */
  static async open(played: (ms: number, more: boolean) => void): Promise<Loudspeaker> {
    let context: AudioContext;
    try {
      context = new AudioContext({ sampleRate: rate, latencyHint: "interactive" });
    } catch {
      context = new AudioContext({ latencyHint: "interactive" });
    }
    await context.audioWorklet.addModule(playUrl);
    const node = new AudioWorkletNode(context, "play", { numberOfInputs: 0, outputChannelCount: [1] });
    node.port.onmessage = (m: MessageEvent<{ ms: number; more: boolean }>) => played(m.data.ms, m.data.more);
    node.connect(context.destination);
    await context.resume();
    return new Loudspeaker(context, node);
  }

  play(samples: Int16Array): void {
    if (samples.length > 0) this.node.port.postMessage({ samples }, [samples.buffer]);
  }

  clear(): void {
    this.node.port.postMessage({});
  }

  close(): void {
    void this.context.close();
  }
}
