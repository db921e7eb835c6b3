// SPDX-License-Identifier: Apache-2.0
// The form in which a call's sound travels: 16-bit little-endian PCM, 24 kHz, mono, as base64. Used
// by the page and on its sound thread.

export const rate = 24_000;
/** Samples of a message: 20 ms. */
export const frame = 480;

export function toBase64(samples: Int16Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

export function fromBase64(text: string): Int16Array {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return new Int16Array(bytes.buffer, 0, bytes.byteLength >> 1);
}

/** Every computer that runs a browser today is little-endian, as the form is. */
export function toSample(value: number): number {
  return Math.round(Math.max(-1, Math.min(1, value)) * 32_767);
}
