// SPDX-License-Identifier: Apache-2.0
// From the microphone's rate to 24 kHz: a windowed sinc, read at the nearest of 64 places between two
// samples. What lies above the new rate's half is taken away first, so that it does not come back as
// a tone that was never spoken.

const half = 16; // samples on each side of a sum
const places = 64;

export class Resampler {
  private readonly step: number;
  private readonly kernels: Float32Array[] = [];
  private kept = new Float32Array(2 * half); // silence before the first sample
  private at = 0; // of the next result, from the middle of the first sum, in input samples

  constructor(from: number, to: number) {
    this.step = from / to;
    const cut = Math.min(1, to / from) * 0.92;
    for (let place = 0; place <= places; place++) {
      const kernel = new Float32Array(2 * half);
      let sum = 0;
      for (let i = 0; i < 2 * half; i++) {
        const x = i - (half - 1) - place / places;
        const sinc = x === 0 ? cut : Math.sin(Math.PI * cut * x) / (Math.PI * x);
        const window = Math.abs(x) >= half ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / half);
        sum += kernel[i] = sinc * window;
      }
      this.kernels.push(kernel.map((k) => k / sum)); // a constant stays what it is
    }
  }

  /** Calls `take` with each sample that is due after these. */
  feed(samples: Float32Array, take: (sample: number) => void): void {
    const all = new Float32Array(this.kept.length + samples.length);
    all.set(this.kept);
    all.set(samples, this.kept.length);
    let at = this.at;
    for (; Math.floor(at) + 2 * half <= all.length; at += this.step) {
      const first = Math.floor(at);
      const kernel = this.kernels[Math.round((at - first) * places)]!;
      let sum = 0;
      for (let i = 0; i < 2 * half; i++) sum += kernel[i]! * all[first + i]!;
      take(sum);
    }
    const used = Math.min(Math.floor(at), all.length);
    this.kept = all.slice(used);
    this.at = at - used;
  }
}
