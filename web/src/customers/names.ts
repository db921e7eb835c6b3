// SPDX-License-Identifier: Apache-2.0
import type { Customer } from "../api";
import { words } from "../words";
import { phoneWords } from "../lib/phone";

/** A customer's name, or what stands for it. One who has given none may have their number as one. */
export function nameOf(who: Pick<Customer, "name" | "phone" | "email">): string {
  const name = who.name.trim() || who.phone || who.email;
  if (!name) return words().common.unknown.other;
  return name === who.phone ? phoneWords(name) : name;
}
