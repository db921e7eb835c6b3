// SPDX-License-Identifier: Apache-2.0
// The sound of a call as it grows, from where it was switched on: the sandbox has it as a WAV file of
// two sides at 8 kHz, of which each look takes what is new.
import { useEffect } from "react";
import { audioOf, type SandboxCall } from "./sandbox";

const lookMs = 250;
const headBytes = 44;
const rate = 8000;
const leadSeconds = 0.15;

function mixed(context: AudioContext, bytes: ArrayBuffer): AudioBuffer | null {
  const samples = new Int16Array(bytes, headBytes);
  const n = Math.floor(samples.length / 2);
  if (!n) return null;
  const buffer = context.createBuffer(1, n, rate);
  const out = buffer.getChannelData(0);
  for (let i = 0; i < n; i++) out[i] = ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) / 32768;
  return buffer;
}

export function useSound(call: SandboxCall | undefined, on: boolean): void {
  const sid = call?.live ? call.sid : undefined;
  useEffect(() => {
    if (!sid || !on) return undefined;
    const context = new AudioContext();
    let at = call?.ms ?? 0;
    let until = 0;
    let busy = false;
    async function listen(): Promise<void> {
      if (busy || !sid) return;
      busy = true;
      try {
        const answer = await fetch(audioOf(sid, at));
        const buffer = answer.ok ? mixed(context, await answer.arrayBuffer()) : null;
        if (buffer && context.state !== "closed") {
          at += buffer.duration * 1000;
          const source = context.createBufferSource();
          source.buffer = buffer;
          source.connect(context.destination);
          until = Math.max(until, context.currentTime + leadSeconds);
          source.start(until);
          until += buffer.duration;
        }
      } catch {
        // What is shown beside it says that the sandbox is away.
      } finally {
        busy = false;
      }
    }
    const timer = window.setInterval(() => void listen(), lookMs);
    return () => {
      window.clearInterval(timer);
      void context.close();
    };
    // Where it begins is where the call was when it was switched on.
  }, [sid, on]);
}
