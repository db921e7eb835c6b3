// SPDX-License-Identifier: Apache-2.0
// Templates for replies: which there are, and their places filled in with what is known here.
import { useQuery } from "@tanstack/react-query";
import { listReplyTemplates, type Channel, type CustomerBrief, type ReplyTemplate } from "../api";
import { keys } from "../app/query";

/** By the names that the server has for them (src/domain/reply_template.c). */
export const places = ["customer_first_name", "customer_name", "business_name", "business_phone", "my_first_name", "my_name"] as const;
export type Place = (typeof places)[number];

export const useTemplates = () => useQuery({ queryKey: keys.replyTemplates(), queryFn: () => listReplyTemplates() });

export const fits = (template: ReplyTemplate, channel: Channel): boolean => template.channel === "any" || template.channel === channel;

export type Known = Partial<Record<Place, string | null | undefined>>;

/** A number or an address is no name to be spoken to by. */
const isName = (name: string): boolean => /\p{L}/u.test(name) && !name.includes("@");
const firstName = (name: string | null | undefined): string | undefined => name?.trim().split(/\s+/)[0];

export function knownOf(customer: CustomerBrief | null, me: string, business: { business_name: string | null; phone: string | null } | undefined): Known {
  const name = customer && isName(customer.name) ? customer.name : undefined;
  return {
    customer_name: name, customer_first_name: firstName(name), my_name: me, my_first_name: firstName(me),
    business_name: business?.business_name, business_phone: business?.phone,
  };
}

/** What is not known stays as it is, to be seen and filled in. */
export const fill = (body: string, known: Known): string =>
  body.replace(/\{\{\s*(\w+)\s*\}\}/g, (place, name: string) => (known as Record<string, string | null | undefined>)[name] || place);

/** Where the first place stands that is not filled in. */
export function openPlace(text: string): { from: number; to: number } | null {
  const found = /\{\{\s*\w+\s*\}\}/.exec(text);
  return found ? { from: found.index, to: found.index + found[0].length } : null;
}
