// SPDX-License-Identifier: Apache-2.0
import type { CallState, OutboxState } from "../../api";

const states: Record<CallState, string> = {
  connecting: "Connecting",
  greeting: "Ava greets",
  listening: "Ava listens",
  thinking: "Ava thinks",
  speaking: "Ava speaks",
  transferring: "Being put through",
  waiting: "Waiting",
  ended: "Over",
};

const outboxStates: Record<OutboxState, string> = { waiting: "Waiting", sending: "Being sent", failed: "Not sent" };

export const live = {
  title: "Live",
  transcript: "What has been said so far",
  nothingSaid: "Nothing has been said yet",
  calls: "Calls",
  noCalls: "Nobody is on the line. As soon as somebody calls, every word appears here as it is spoken.",
  states,
  fromBrowser: "from a browser",
  byTelephone: "by telephone",
  avaCalled: "Ava called",
  transfer: "Put through to a person",
  puttingThrough: (who: string) => `${who} is being put through`,
  end: "End the call",
  endAsk: (who: string) => `End the call with ${who}?`,
  endWhy: "Ava says goodbye and hangs up. That cannot be taken back.",
  ending: (who: string) => `Ava is saying goodbye to ${who}`,
  open: "Open",
  chats: "Writing now",
  chatsAbout: "Open conversations in which something was said within the hour",
  noChats: "Nobody has written within the hour.",
  needsPerson: "Needs a person",
  takeOver: "Take over",
  outbox: "On its way out",
  outboxStates,
  moreThan: (n: string) => `${n}+`,
  retry: "Try again",
  triedAgain: "It is being tried again",
  healthTitle: "What Ava depends on",
  healthAbout: "Since this server started; marked when something failed while you look",
  health: {
    providers: "Providers of texts, mail and calls",
    webhooks: "What providers send us",
    model: "Language model",
    speech: "Calls and their speech engines",
    database: "Database",
    jobs: "Jobs in the background",
  },
  askedFailed: (asked: string, failed: string) => `${asked}, of which ${failed} failed`,
  tokens: (sent: string, came: string) => `${sent} tokens sent, ${came} came`,
  well: "Well",
  idle: "Not used yet",
  failing: "Fails now",
};
