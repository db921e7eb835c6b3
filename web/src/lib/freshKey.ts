// SPDX-License-Identifier: Apache-2.0
/** A name for one deed, so that doing it again after a lost answer does not do it twice. */
export function freshKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}
