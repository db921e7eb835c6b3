// SPDX-License-Identifier: Apache-2.0
// Who somebody is and how to reach them, in words.
import type { Channel, ConversationRow } from "../api";
import { phoneWords } from "../lib/phone";
import { words } from ".";

interface Reachable {
  name: string | null;
  phone: string | null;
  email?: string | null;
}

/** Who it is, as well as is known. A customer who has given no name may have their number as one. */
export function customerTitle(who: Reachable | null, channel: Channel): string {
  const name = who?.name?.trim() || who?.phone || who?.email;
  if (name) return name === who?.phone ? phoneWords(name) : name;
  const { unknown } = words().common;
  return channel === "voice" ? unknown.voice : channel === "web" ? unknown.web : unknown.other;
}

export const rowTitle = (row: ConversationRow): string =>
  customerTitle({ name: row.customer_name, phone: row.customer_phone }, row.channel);

/** An address for mailto:, with nothing in it that could add a header. */
export const mailAddress = (email: string): string => encodeURIComponent(email).replace("%40", "@");

/** some_words → Some words */
export function plainWords(name: string): string {
  const said = name.replaceAll("_", " ").trim();
  return said.charAt(0).toUpperCase() + said.slice(1);
}
