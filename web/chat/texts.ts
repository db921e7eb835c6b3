// SPDX-License-Identifier: Apache-2.0
// What the chat says of itself. A site puts its own words (or language) in their place with
// window.AvaChatTexts = { send: "Senden", … } before the script.
export const texts = {
  open: "Chat with us",
  close: "Close the chat",
  title: "Chat",
  greeting: "Hello! How can we help?",
  write: "Write a message",
  send: "Send",
  typing: "An answer is being written",
  person: "A member of our team is answering.",
  personWanted: "A member of our team will answer.",
  offline: "No connection. What you write is sent as soon as there is one.",
  failed: "Not sent.",
  again: "Send again",
  ended: "This chat is over. Write to begin again.",
  moved: "We go on in another channel. Write here to begin again.",
  forgotten: "This chat is gone when you leave this page.",
  remember: "Keep it on this device",
  remembered: "Kept on this device.",
  forget: "Forget it",
  move: "Go on by text or e-mail",
  moveAsk: "Shall we answer you elsewhere? Then you need not wait here.",
  moveSms: "Your mobile number",
  moveEmail: "Your e-mail address",
  moveBy: "How",
  bySms: "By text",
  byEmail: "By e-mail",
  moveSend: "Go on there",
  moveNo: "No, thanks",
  movedTo: "We go on at {to}.",
  end: "End the chat",
  unread: "new",
  wrong: "That did not work. Please try again.",
};

export type Texts = typeof texts;

/** With the site's own words. */
export function takeTexts(own: unknown): void {
  if (own === null || typeof own !== "object") return;
  for (const [name, value] of Object.entries(own)) {
    if (name in texts && typeof value === "string") texts[name as keyof Texts] = value;
  }
}
