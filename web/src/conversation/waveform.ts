// SPDX-License-Identifier: Apache-2.0
// How loud a recording is from its beginning to its end, for the drawing: the caller on the left
// channel, Ava on the right. Decoded at the lowest rate, so that an hour takes no more memory than it must.
const rate = 8000;
const loudest = 0.98; // of the parts' peaks: a click does not flatten the rest

export interface Waveform {
  seconds: number;
  /** 0 to 1 each; one list when the recording is mono. */
  sides: readonly (readonly number[])[];
}

function partsOf(samples: Float32Array, parts: number): number[] {
  const peaks: number[] = [];
  const step = samples.length / parts;
  for (let i = 0; i < parts; i++) {
    let peak = 0;
    for (let at = Math.floor(i * step); at < (i + 1) * step && at < samples.length; at++) {
      const value = Math.abs(samples[at] ?? 0);
      if (value > peak) peak = value;
    }
    peaks.push(peak);
  }
  return peaks;
}

/** Throws what the browser says of a recording that it cannot decode. */
export async function waveformOf(bytes: ArrayBuffer, parts: number): Promise<Waveform> {
  const context = new OfflineAudioContext(1, 1, rate);
  const sound = await context.decodeAudioData(bytes.slice(0)); // it takes what it is given
  const sides = [];
  for (let k = 0; k < Math.min(2, sound.numberOfChannels); k++) sides.push(partsOf(sound.getChannelData(k), parts));
  const all = sides.flat().sort((a, b) => a - b);
  const full = Math.max(all[Math.floor(all.length * loudest)] ?? 0, 0.02);
  return { seconds: sound.duration, sides: sides.map((side) => side.map((v) => Math.min(1, v / full))) };
}
