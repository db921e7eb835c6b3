// SPDX-License-Identifier: Apache-2.0
// On the sound thread: plays what it is given, one after the other, until it is told to drop it. Says
// ten times a second how many milliseconds of all it was given lie behind it, played or dropped.
import { rate } from "./form";

const fade = 120; // samples: 5 ms, so that an end does not click

class Play extends AudioWorkletProcessor {
  private queue: Int16Array[] = [];
  private at = 0; // in the first of the queue
  private behind = 0; // samples
  private told = -1;
  private quiet = 0; // process() calls since it was told
  private part = 0; // of a sample, where the rates differ
  private last = 0;
  private fading: number[] = [];

  constructor() {
    super();
    this.port.onmessage = (m: MessageEvent<{ samples?: Int16Array }>) => {
      if (m.data.samples) this.queue.push(m.data.samples);
      else this.drop();
    };
  }

  private drop(): void {
    this.fading = [];
    for (let i = 0; i < fade; i++) this.fading.push((this.next() ?? 0) * (1 - i / fade));
    for (const rest of this.queue) this.behind += rest.length;
    this.behind -= this.at;
    this.queue = [];
    this.at = 0;
  }

  private next(): number | null {
    const first = this.queue[0];
    if (!first) return null;
    const value = first[this.at++]! / 32_768;
    this.behind++;
    if (this.at === first.length) {
      this.queue.shift();
      this.at = 0;
    }
    return value;
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const out = outputs[0]![0]!;
    for (let i = 0; i < out.length; i++) {
      this.part += rate / sampleRate;
      while (this.part >= 1) {
        this.part--;
        this.last = this.fading.shift() ?? this.next() ?? 0;
      }
      out[i] = this.last;
    }
    for (const other of outputs[0]!.slice(1)) other.set(out);
    this.quiet += out.length;
    if (this.quiet >= sampleRate / 10 && this.behind !== this.told) {
      this.quiet = 0;
      this.told = this.behind;
      this.port.postMessage({ ms: Math.floor((this.behind * 1000) / rate), more: this.queue.length > 0 });
    }
    return true;
  }
}

registerProcessor("play", Play);
