// SPDX-License-Identifier: Apache-2.0
import type { TwinReason } from "../../api";

const reasons: Record<TwinReason, string> = {
  email: "The same e-mail address",
  phone: "The same number",
  name_and_phone: "The same name, nearly the same number",
  name_and_email: "The same name, a similar address",
};

/** Customers who are one person. */
export const merge = {
  menu: "Merge with another customer",
  title: "Merge two customers",
  about: "Nothing is lost, and it can be undone.",
  withWhom: "Who is the same person?",
  withWhomAbout: (name: string) => `You see both side by side before ${name} is merged with anybody.`,
  same: "This is the same record.",
  turn: "Keep the other one",
  merge: "Merge",
  done: (name: string) => `Merged into ${name}`,
  undone: "They are two customers again",
  what: "What",
  kept: "Kept",
  other: "Merged",
  result: "Result",
  conversations: "Conversations",
  staffNotes: "Notes of the staff",
  refused: "Whoever opted out on one number has on all. From then on nothing is sent:",
  maybe: "May be the same person",
  compare: "Compare",
  compareWith: (name: string) => `Compare with ${name}`,
  notSame: "Not the same",
  notSameAs: (name: string) => `${name} is not the same person`,
  saidDistinct: (name: string) => `${name} is not suggested any more`,
  merged: "Merged into this one",
  by: (name: string) => `By ${name}`,
  split: "Split",
  splitOff: (name: string) => `Split ${name} off again`,
  duplicates: "Duplicates",
  duplicatesAbout: "Customers who may be the same person. Nobody is merged by itself.",
  none: "No duplicates",
  noneWhy: "Nobody shares an e-mail address, a number, or a name and most of either.",
  reasons,
};
