// SPDX-License-Identifier: Apache-2.0
// A word on what was done, with the way back. toast() may be called from anywhere; <Toasts /> shows
// the last three. It waits while the pointer or the focus is on it.
import { X } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { useWords } from "../words";
import { Button, IconButton } from "./Button";
import { cx } from "./cx";

export interface ToastWords {
  words: string;
  tone?: "plain" | "trouble";
  /** Takes it back. */
  undo?: () => void;
}

interface Shown extends ToastWords {
  id: number;
}

const staysMs = 7000;
let shown: readonly Shown[] = [];
let last = 0;
const watchers = new Set<() => void>();

function set(next: readonly Shown[]): void {
  shown = next;
  for (const watcher of watchers) watcher();
}

export function toast(what: ToastWords): void {
  set([...shown, { ...what, id: ++last }].slice(-3));
}

const drop = (id: number): void => set(shown.filter((t) => t.id !== id));

function subscribe(changed: () => void): () => void {
  watchers.add(changed);
  return () => watchers.delete(changed);
}

function One({ toast: t }: { toast: Shown }) {
  const { actions } = useWords().common;
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = window.setTimeout(() => drop(t.id), staysMs);
    return () => window.clearTimeout(timer);
  }, [held, t.id]);
  return (
    <li className={cx("pointer-events-auto flex items-center gap-2 rounded-lg py-1 pr-1 pl-4 shadow-pop animate-pop",
                      t.tone === "trouble" ? "border border-poor/40 bg-poor-soft text-poor" : "bg-ink text-ground")}
        onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}
        onFocus={() => setHeld(true)} onBlur={() => setHeld(false)}>
      <span className="min-w-0 flex-1 py-1.5">{t.words}</span>
      {t.undo && (
        <Button look="quiet" size="sm" className="text-current! underline underline-offset-2 hover:bg-current/10!"
                onClick={() => { t.undo?.(); drop(t.id); }}>{actions.undo}</Button>
      )}
      <IconButton size="sm" label={actions.close} icon={<X className="size-4" />}
                  className="text-current! hover:bg-current/10!" onClick={() => drop(t.id)} />
    </li>
  );
}

export function Toasts() {
  const all = useSyncExternalStore(subscribe, () => shown);
  return (
    <div role="status">
      <ol className="pointer-events-none fixed inset-x-4 bottom-20 z-50 mx-auto flex max-w-md flex-col gap-2 wide:bottom-6">
        {all.map((t) => <One key={t.id} toast={t} />)}
      </ol>
    </div>
  );
}
