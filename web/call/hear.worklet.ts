// SPDX-License-Identifier: Apache-2.0
// On the sound thread: the microphone's samples as frames of 20 ms at 24 kHz, each with its loudest
// sample, so that the page can show that something is heard.
import { frame, rate, toSample } from "./form";
import { Resampler } from "./resampler";

class Hear extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, rate);
  private samples = new Int16Array(frame);
  private n = 0;
  private peak = 0;

  process(inputs: Float32Array[][]): boolean {
    const mono = inputs[0]?.[0];
    if (mono) this.resampler.feed(mono, (sample) => this.put(sample));
    return true;
  }

  private put(value: number): void {
    this.peak = Math.max(this.peak, Math.abs(value));
    this.samples[this.n++] = toSample(value);
    if (this.n < frame) return;
    this.port.postMessage({ samples: this.samples, peak: this.peak }, [this.samples.buffer]);
    this.samples = new Int16Array(frame);
    this.n = 0;
    this.peak = 0;
  }
}

registerProcessor("hear", Hear);
