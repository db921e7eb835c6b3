// SPDX-License-Identifier: Apache-2.0
// What the sound thread's scope has; TypeScript's libraries do not name it.
declare const sampleRate: number;

declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}

declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;
