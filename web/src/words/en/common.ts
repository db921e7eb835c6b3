// SPDX-License-Identifier: Apache-2.0
// What every page uses: the frame, states, and the words for what the server sends.
import type { Channel, ConversationStatus, Outcome, Sentiment } from "../../api";

const channels: Record<Channel, string> = {
  voice: "Calls",
  sms: "Texts",
  email: "E-mail",
  whatsapp: "WhatsApp",
  web: "Web",
};

const channel: Record<Channel, string> = {
  voice: "Call",
  sms: "Text",
  email: "E-mail",
  whatsapp: "WhatsApp",
  web: "Web chat",
};

const status: Record<ConversationStatus, string> = {
  active: "Active",
  completed: "Completed",
  failed: "Broke off",
};

const outcome: Record<Outcome, string> = {
  appointment_scheduled: "Booked",
  appointment_rescheduled: "Moved",
  appointment_cancelled: "Cancelled",
  info_request: "Question",
  complaint: "Complaint",
  unresolved: "Unresolved",
};

const sentiment: Record<Sentiment, string> = {
  positive: "Positive",
  neutral: "Neutral",
  negative: "Negative",
  mixed: "Mixed",
};

export const common = {
  channels,
  channel,
  status,
  outcome,
  sentiment,
  unknown: { voice: "Unknown caller", web: "Unknown visitor", other: "Unknown sender" },
  satisfaction: "Satisfaction",
  satisfactionOf: (score: number) => `Satisfaction ${score} of 10`,
  ava: "Ava",
  staff: "Staff",
  customer: "Customer",

  pages: {
    inbox: "Inbox",
    customers: "Customers",
    appointments: "Appointments",
    analytics: "Analytics",
    live: "Live",
    try: "Try Ava",
    settings: "Settings",
  },

  frame: {
    pages: "Pages",
    skip: "Skip to the content",
    more: "More",
    account: "Account",
    roles: { owner: "Owner", agent: "Agent", reader: "Reader" } as Record<string, string>,
    ownPassword: "Change password",
    signOut: "Sign out",
    tryCall: "Try a call",
    search: "Go to or do…",
    live: "Live",
    connecting: "Connecting",
    offline: "Offline",
    offlineBanner: "You are offline. What you see may be out of date.",
    reconnecting: "Reconnecting… What you see may be out of date.",
    signOutFailed: "Signing out did not reach the server; you are still signed in. Try again.",
    theme: "Appearance",
    themes: { system: "As the device", light: "Light", dark: "Dark" },
    language: "Language",
  },

  actions: {
    close: "Close",
    cancel: "Cancel",
    save: "Save",
    undo: "Undo",
    tryAgain: "Try again",
    loadMore: "Load more",
    clear: "Clear",
    back: "Back",
  },

  signIn: {
    title: "Sign in",
    email: "E-mail address",
    password: "Password",
    go: "Sign in",
    going: "Signing in…",
    lapsed: "Your session has ended. Please sign in again.",
    show: "Show what is typed",
    about: "What Ava does",
    promise: "The front desk that never misses anybody.",
    answers: "Answers calls, texts and e-mails in seconds, from your own facts",
    books: "Books and moves appointments, and says so only once it is done",
    hands: "Hands over to you when a person is needed",
    yours: "Runs on your own server. What is said here stays yours.",
    unreachable: "The server could not be reached. Check the connection, then try again.",
    wrong: "E-mail address and password do not match.",
    tooMany: "Too many attempts. Wait a few minutes, then try again.",
    failed: "The server could not answer. Try again in a moment.",
  },

  state: {
    loading: "Loading",
    unreachable: "The server could not be reached. Check the connection, then try again.",
    forbidden: "You may not see this. Ask an administrator for the permission.",
    tooMany: "Too many requests at once. Wait a moment, then try again.",
    failed: "The server could not answer. It has noted the error.",
    notDone: "The server could not do it. Try again in a moment.",
    noPage: "There is no such page",
    toInbox: "To the inbox",
    broken: "This page has a fault",
    brokenWhy: "Load it again; if that does not help, tell your administrator what you were doing.",
    reload: "Load again",
  },

  palette: {
    title: "Go to or do",
    placeholder: "Type what you want to do",
    none: "Nothing of that name",
    goTo: "Go to",
    hint: "↑ ↓ to choose, Enter to do",
  },

  shortcuts: {
    title: "Keyboard shortcuts",
    single: "Shortcuts of a single key",
    singleWhy: "Switch them off when they get in the way of speech input or a screen reader.",
    everywhere: "Everywhere",
    palette: "Go to or do anything",
    sheet: "Show the keyboard shortcuts",
    goTo: (page: string) => `Go to ${page}`,
    theme: (theme: string) => `Appearance: ${theme}`,
    language: (language: string) => `Language: ${language}`,
    then: "then",
  },

  times: {
    now: "now",
    today: "Today",
    yesterday: "Yesterday",
    tomorrow: "Tomorrow",
    minutes: (n: number) => `${n} min`,
    dayAnd: (day: string, time: string) => `${day}, ${time}`,
  },

  bytes: "bytes",
  noReason: "no reason was given",
};
