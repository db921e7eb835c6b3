// SPDX-License-Identifier: Apache-2.0
// What was typed and not sent, by conversation, kept in this browser. Signing out leaves nothing of a
// customer behind (dropDrafts).
const prefix = "ava.draft.";

export function readDraft(id: string): string {
  try {
    return localStorage.getItem(prefix + id) ?? "";
  } catch {
    return "";
  }
}

export function keepDraft(id: string, text: string): void {
  try {
    if (text.trim()) localStorage.setItem(prefix + id, text);
    else localStorage.removeItem(prefix + id);
  } catch {
    // Full or forbidden: it lasts as long as the page.
  }
}

export const dropDraft = (id: string): void => keepDraft(id, "");

export function dropDrafts(): void {
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith(prefix)) localStorage.removeItem(name);
  } catch {
    // There are none.
  }
}
