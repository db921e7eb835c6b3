// SPDX-License-Identifier: Apache-2.0
// A form of the settings: what is typed is kept until it is saved (drafts.ts), shown at once as saved
// and put back when the server refuses; what the server says of a field stands at that field; saving
// can be undone; leaving with something unsaved is asked about.
import { useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useRef, useState, type FormEvent, type ReactNode, type RefObject } from "react";
import { ApiError } from "../api";
import { useActions } from "../app/actions";
import { useMay } from "../app/session";
import { explainDeed, toast } from "../ui";
import { useWords, words } from "../words";
import { keepChanges, useDraft } from "./drafts";
import { SaveBar } from "./Frame";
import { useLeaving } from "./useLeaving";

interface FormOfSettings<T extends object, Known> {
  /** Names the draft: the section's path, or PATH/ENTRY. */
  id: string;
  /** What is saved, as it is spoken of: "Business". */
  name: string;
  /** As the server has it; of a stable identity (useMemo). */
  base: T;
  /** What is wrong with it before the server is asked, by field. */
  check?: (typed: T) => Partial<Record<keyof T, string>>;
  /** What is known of the server that this is a part of, and how it will be. */
  known: QueryKey;
  apply: (was: Known, typed: T) => Known;
  /** Sends what was changed; what it resolves to is known from then on. */
  send: (typed: T, changes: Partial<T>) => Promise<Known>;
  /** The label of a field, in place of its name in what the server says. */
  label: (field: keyof T) => string;
  /** What the interface calls a field, where that is another name. */
  onServer?: Record<keyof T, string>;
  /** Permission to change; settings.write unless said. */
  needs?: string;
  /** Takes saving back; absent: what was there before is sent. */
  takeBack?: (saved: T) => Promise<Known>;
  /** After it is saved. */
  done?: (typed: T) => void;
}

export interface SettingsForm<T> {
  typed: T;
  set: (fields: Partial<T>) => void;
  wrong: (field: keyof T) => string | undefined;
  may: boolean;
  dirty: boolean;
  /** Goes into the SectionFrame's bar. */
  bar: ReactNode;
  /** Of the <form>. */
  ref: RefObject<HTMLFormElement | null>;
  submit: (event: FormEvent) => void;
}

type Wrong<T> = Partial<Record<keyof T, string>>;

/** The fields that the server complains of, "facts.time_zone" as time_zone, "hours[2].opens" as hours. */
function complaints<T extends object, Known>(error: unknown, typed: T, f: FormOfSettings<T, Known>): Wrong<T> {
  const said: Wrong<T> = {};
  if (!(error instanceof ApiError)) return said;
  const fields = Object.keys(typed) as (keyof T & string)[];
  for (const { field, message } of error.problem.errors ?? []) {
    const parts = field.split(/[.[]/);
    const name = fields.find((own) => parts.includes(f.onServer?.[own] ?? own));
    if (name) said[name] = message.replace(field, f.label(name));
  }
  return said;
}

export function useSettingsForm<T extends object, Known>(f: FormOfSettings<T, Known>): SettingsForm<T> {
  const client = useQueryClient();
  const may = useMay(f.needs ?? "settings.write");
  const w = useWords();
  const draft = useDraft(f.id, f.base);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<Wrong<T>>({});
  const [other, setOther] = useState("");
  const ref = useRef<HTMLFormElement>(null);

  function refuse(found: Wrong<T>, rest: string): false {
    setWrong(found);
    setOther(rest);
    window.setTimeout(() => ref.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus());
    return false;
  }

  async function put(typed: T, changes: Partial<T>): Promise<void> {
    const was = client.getQueryData<Known>(f.known);
    if (was !== undefined) client.setQueryData(f.known, f.apply(was, typed));
    try {
      client.setQueryData(f.known, await f.send(typed, changes));
    } catch (error) {
      client.setQueryData(f.known, was);
      throw error;
    }
  }

  async function undo(before: T, saved: T, changes: Partial<T>): Promise<void> {
    const back = Object.fromEntries(Object.keys(changes).map((name) => [name, before[name as keyof T]])) as Partial<T>;
    try {
      if (f.takeBack) client.setQueryData(f.known, await f.takeBack(saved));
      else await put({ ...saved, ...back }, back);
    } catch (error) {
      toast({ words: explainDeed(error), tone: "trouble" });
    }
  }

  async function save(): Promise<boolean> {
    if (busy || !draft.dirty) return !draft.dirty;
    const { typed, changes } = draft;
    const found = f.check?.(typed) ?? {};
    if (Object.values(found).some(Boolean)) return refuse(found, w.settings.lookAtFields);
    setBusy(true);
    setWrong({});
    setOther("");
    try {
      await put(typed, changes);
      draft.drop();
      toast({ words: words().settings.saved(f.name), undo: () => void undo(f.base, typed, changes) });
      f.done?.(typed);
      return true;
    } catch (error) {
      keepChanges(f.id, changes as Record<string, unknown>);
      const at = complaints(error, typed, f);
      return refuse(at, Object.keys(at).length ? w.settings.lookAtFields : explainDeed(error));
    } finally {
      setBusy(false);
    }
  }

  function discard(): void {
    draft.drop();
    setWrong({});
    setOther("");
  }

  const dirty = may && draft.dirty;
  const leaving = useLeaving({ name: f.name, dirty: dirty && !busy, save, discard });
  useActions(may ? [{
    id: "save settings", name: w.common.actions.save, group: w.settings.title, keys: "Ctrl+s", keysOnly: !dirty, run: () => void save(),
  }] : []);

  return {
    typed: draft.typed,
    set: (fields) => {
      draft.set(fields);
      setWrong((was) => (Object.keys(fields).some((name) => was[name as keyof T])
        ? { ...was, ...Object.fromEntries(Object.keys(fields).map((name) => [name, undefined])) } : was));
      setOther("");
    },
    wrong: (field) => wrong[field],
    may,
    dirty,
    ref,
    submit: (event) => {
      event.preventDefault();
      void save();
    },
    bar: <>{may && <SaveBar dirty={dirty} busy={busy} save={() => void save()} discard={discard} error={other} />}{leaving}</>,
  };
}
