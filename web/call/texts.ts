// SPDX-License-Identifier: Apache-2.0
// Every word of the page.
import type { State } from "./line";
import type { Deaf } from "./sound";

export const texts = {
  title: "Call us",
  about: "You will speak with Ava, our virtual assistant. Your browser will ask whether it may use your microphone.",
  call: "Call",
  again: "Call again",
  without: "Type instead",
  connecting: "Connecting…",
  hangUp: "Hang up",
  mute: "Mute",
  unmute: "Unmute",
  stop: "Stop talking",
  write: "Type what you want to say",
  send: "Send",
  you: "You",
  ava: "Ava",
  log: "What was said",
  level: "Your microphone",
  ended: "The call has ended.",
  micLost: "Your microphone was unplugged. You can go on by typing.",
  noSpeaker: "Your browser cannot play the call. You can read along and type.",
};

export const stateWords: Record<State, string> = {
  listening: "Ava is listening",
  thinking: "One moment…",
  speaking: "Ava is speaking",
};

export const deafWords: Record<Deaf, string> = {
  denied:
    "Your browser does not let this page use the microphone. Allow it at the left of the address bar and call again, or go on by typing.",
  none: "There is no microphone on this device. Connect one and call again, or go on by typing.",
  busy: "Another program is using your microphone. Close it and call again, or go on by typing.",
  insecure: "Browsers allow a microphone on secure pages (https) only. You can go on by typing.",
  failed: "Your microphone could not be opened. Try again, or go on by typing.",
};
