// SPDX-License-Identifier: Apache-2.0
// What can be done right now, by key and by the command palette: each part of the page says its own
// while it is shown (useActions). The one listener for keys is here.
//
// Keys: "j" (one key), "g i" (one after the other), "Ctrl+k" (Ctrl, or ⌘ on a Mac). Single keys do
// not work while something is typed, and can be switched off as a whole (WCAG 2.1.4).
import { useEffect, useRef, useSyncExternalStore } from "react";
import { kept } from "../lib/kept";

export interface Action {
  id: string;
  /** What it does, as the palette and the sheet say it. */
  name: string;
  /** Under which heading the sheet shows it. */
  group: string;
  keys?: string;
  /** More keys for the same, not shown. */
  alsoKeys?: readonly string[];
  /** Not in the palette: makes sense by key only. */
  keysOnly?: boolean;
  run: () => void;
}

export const singleKeys = kept<boolean>("ava.single_keys", true, (v): v is boolean => typeof v === "boolean");

const parts = new Map<symbol, readonly Action[]>();
const watchers = new Set<() => void>();
let all: readonly Action[] = [];

function changed(): void {
  all = [...parts.values()].flat();
  for (const watcher of watchers) watcher();
}

function subscribe(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Those of everything that is shown; the last said goes first where two want the same key. */
export const useAllActions = (): readonly Action[] => useSyncExternalStore(subscribe, () => all);

/** Says what can be done while the component is shown. Names and keys are looked at again on each render. */
export function useActions(actions: readonly Action[]): void {
  const current = useRef(actions);
  const name = useRef<symbol | null>(null);
  const shape = actions.map((a) => `${a.id}\t${a.name}\t${a.keys ?? ""}\t${a.group}`).join("\n");
  useEffect(() => {
    current.current = actions;
  });
  useEffect(() => {
    const mine = (name.current ??= Symbol());
    parts.set(mine, current.current.map((a) => ({
      ...a,
      run: () => current.current.find((c) => c.id === a.id)?.run(),
    })));
    changed();
    return () => {
      parts.delete(mine);
      changed();
    };
  }, [shape]);
}

const typing = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]";
const sequenceMs = 1200;
let begun = "";
let begunAt = 0;

function keyOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return (event.ctrlKey || event.metaKey ? "Ctrl+" : "") + (event.altKey ? "Alt+" : "") + key;
}

function find(keys: string): Action | undefined {
  return all.findLast((a) => a.keys === keys || a.alsoKeys?.includes(keys));
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || ["Control", "Meta", "Alt", "Shift"].includes(event.key)) return;
  const key = keyOf(event);
  const single = !key.startsWith("Ctrl+") && !key.startsWith("Alt+");
  const target = event.target instanceof Element ? event.target : null;
  if (single && (!singleKeys.get() || target?.closest(typing))) return;
  // A menu or a dialog has the keys to itself.
  if (single && target?.closest("[role=menu], [role=dialog], [role=listbox]")) return;
  const sequence = begun && Date.now() - begunAt < sequenceMs ? `${begun} ${key}` : "";
  begun = "";
  const action = (sequence && find(sequence)) || find(key);
  if (action) {
    event.preventDefault();
    action.run();
  } else if (single && all.some((a) => a.keys?.startsWith(`${key} `))) {
    begun = key;
    begunAt = Date.now();
  }
}

/** Once, in the frame. Returns the function that ends it. */
export function listenForKeys(): () => void {
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
