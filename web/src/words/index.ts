// SPDX-License-Identifier: Apache-2.0
// The page's words in the reader's language. English is here at once, any other is fetched before it
// is shown. Components take useWords(), so that they follow a change; other code takes words().
import { useSyncExternalStore } from "react";
import { kept } from "../lib/kept";
import { en, type Words } from "./en";

export type { Words };

export type Language = "en" | "es";

/** Each in its own words. */
export const languages: Record<Language, string> = { en: "English", es: "Español" };

const isLanguage = (v: unknown): v is Language => typeof v === "string" && v in languages;

const choice = kept<Language | "browser">("ava.language", "browser",
  (v): v is Language | "browser" => v === "browser" || isLanguage(v));

let shown: Language = "en";
let current: Words = en;
const watchers = new Set<() => void>();

/** The first of the browser's languages that there is. */
function browsers(): Language {
  return navigator.languages.map((l) => l.slice(0, 2).toLowerCase()).find(isLanguage) ?? "en";
}

async function load(): Promise<void> {
  const wanted = choice.get();
  const language = wanted === "browser" ? browsers() : wanted;
  const found = language === "es" ? (await import("./es")).es : en;
  shown = language;
  current = found;
  document.documentElement.lang = language;
  for (const watcher of watchers) watcher();
}

function subscribe(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

/** Once, before anything is drawn. */
export async function startWords(): Promise<void> {
  choice.subscribe(() => void load());
  try {
    await load();
  } catch {
    // The other language could not be fetched: English is here.
  }
}

export const setLanguage = choice.set;
export const words = (): Words => current;
export const useWords = (): Words => useSyncExternalStore(subscribe, words);
export const useLanguage = (): Language => useSyncExternalStore(subscribe, () => shown);

/** For Intl: the reader's own kind of the language that is shown, such as en-GB. */
export const locale = (): string => navigator.languages.find((l) => l.startsWith(shown)) ?? shown;
