// SPDX-License-Identifier: Apache-2.0
// Light or dark: as the machine says, or as the reader has chosen. Kept in this browser; told to the
// style sheet by <html data-theme>.
import { useSyncExternalStore } from "react";
import { kept } from "../lib/kept";

export type Theme = "system" | "light" | "dark";
export const themes: readonly Theme[] = ["system", "light", "dark"];

const choice = kept<Theme>("ava.theme", "system", (v): v is Theme => themes.includes(v as Theme));
const machine = window.matchMedia("(prefers-color-scheme: dark)");

function apply(): void {
  const theme = choice.get();
  document.documentElement.dataset.theme = theme === "system" ? (machine.matches ? "dark" : "light") : theme;
}

/** Once, before anything is drawn. */
export function startTheme(): void {
  apply();
  machine.addEventListener("change", apply);
  choice.subscribe(apply);
}

export const setTheme = choice.set;
export const useTheme = (): Theme => useSyncExternalStore(choice.subscribe, choice.get);
