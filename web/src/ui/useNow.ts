// SPDX-License-Identifier: Apache-2.0
// The time as far as words like "5 min" need it: one clock for the whole page, twice a minute.
import { useSyncExternalStore } from "react";

const everyMs = 30_000;
let now = new Date();
let timer: number | undefined;
const watchers = new Set<() => void>();

function tick(): void {
  now = new Date();
  for (const watcher of watchers) watcher();
}

function subscribe(changed: () => void): () => void {
  if (watchers.size === 0) {
    now = new Date();
    timer = window.setInterval(tick, everyMs);
  }
  watchers.add(changed);
  return () => {
    watchers.delete(changed);
    if (watchers.size === 0) window.clearInterval(timer);
  };
}

export const useNow = (): Date => useSyncExternalStore(subscribe, () => now);
