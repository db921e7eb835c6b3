// SPDX-License-Identifier: Apache-2.0
// What was changed in the settings and not saved, kept in this browser by form: only the fields that
// differ from what the server has, so that what a colleague saves meanwhile in others is seen and not
// undone. Signing out takes it away (conversation/drafts.ts, by the name's beginning).
import { useCallback, useMemo, useSyncExternalStore } from "react";

type Fields = Record<string, unknown>;

const name = "ava.draft.settings";
const watchers = new Set<() => void>();
let unstored = "";
let lastRaw = "";
let last: Readonly<Record<string, Fields>> = {};

function raw(): string {
  try {
    return localStorage.getItem(name) ?? "";
  } catch {
    return unstored;
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function all(): Readonly<Record<string, Fields>> {
  const now = raw();
  if (now === lastRaw) return last;
  lastRaw = now;
  try {
    const found: unknown = JSON.parse(now || "{}");
    last = isFields(found) ? Object.fromEntries(Object.entries(found).filter((e): e is [string, Fields] => isFields(e[1]))) : {};
  } catch {
    last = {};
  }
  return last;
}

export function keepChanges(form: string, changes: Fields): void {
  const { [form]: _, ...others } = all();
  const next = JSON.stringify(Object.keys(changes).length ? { ...others, [form]: changes } : others);
  unstored = next;
  try {
    localStorage.setItem(name, next);
  } catch {
    // Full or forbidden: it lasts as long as the page.
  }
  for (const watcher of watchers) watcher();
}

function subscribe(changed: () => void): () => void {
  watchers.add(changed);
  window.addEventListener("storage", changed);
  return () => {
    watchers.delete(changed);
    window.removeEventListener("storage", changed);
  };
}

/** The forms that have something unsaved, by the names that useDraft was given. */
export const useUnsavedForms = (): readonly string[] => Object.keys(useSyncExternalStore(subscribe, all));

const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
const kind = (v: unknown): string => (Array.isArray(v) ? "array" : v === null ? "null" : typeof v);

/** Of what was kept, what still differs; an older version's fields are not taken for this one's. */
function fitting<T extends object>(base: T, kept: Fields | undefined): Partial<T> {
  const has = base as Fields;
  return Object.fromEntries(Object.entries(kept ?? {})
    .filter(([field, value]) => field in has && kind(value) === kind(has[field]) && !same(value, has[field]))) as Partial<T>;
}

export interface Draft<T> {
  /** As the form shows it. */
  typed: T;
  /** The fields that differ from what the server has. */
  changes: Partial<T>;
  dirty: boolean;
  set: (fields: Partial<T>) => void;
  drop: () => void;
}

/** What a form shows: what the server has, and over it what was changed. Give `base` a stable identity. */
export function useDraft<T extends object>(form: string, base: T): Draft<T> {
  const kept = useSyncExternalStore(subscribe, all)[form];
  const changes = useMemo(() => fitting(base, kept), [base, kept]);
  const set = useCallback((fields: Partial<T>) => keepChanges(form, fitting(base, { ...all()[form], ...fields } as Fields) as Fields), [form, base]);
  const drop = useCallback(() => keepChanges(form, {}), [form]);
  return { typed: { ...base, ...changes }, changes, dirty: Object.keys(changes).length > 0, set, drop };
}
