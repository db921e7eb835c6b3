// SPDX-License-Identifier: Apache-2.0
// A value that this browser keeps for its reader (theme, language, drafts): read once, told to those
// who watch, also when another tab changes it. Without storage it lasts as long as the page.
export interface Kept<T> {
  get: () => T;
  set: (value: T) => void;
  subscribe: (changed: () => void) => () => void;
}

export function kept<T>(name: string, otherwise: T, isOne: (value: unknown) => value is T): Kept<T> {
  let value = read();
  const watchers = new Set<() => void>();

  function read(): T {
    try {
      const found: unknown = JSON.parse(localStorage.getItem(name) ?? "null");
      return isOne(found) ? found : otherwise;
    } catch {
      return otherwise;
    }
  }

  function tell(): void {
    for (const watcher of watchers) watcher();
  }

  window.addEventListener("storage", (event) => {
    if (event.key !== name && event.key !== null) return;
    value = read();
    tell();
  });
  return {
    get: () => value,
    set: (next) => {
      value = next;
      try {
        localStorage.setItem(name, JSON.stringify(next));
      } catch {
        // Full or forbidden: it is kept until the page is left.
      }
      tell();
    },
    subscribe: (changed) => {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}
