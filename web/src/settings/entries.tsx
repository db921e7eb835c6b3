// SPDX-License-Identifier: Apache-2.0
// What the lists of the settings have in common (services, providers, locations, answers): the list
// with its order, and an entry's page of its own address, new, changed or taken away.
import { Link, useNavigate } from "@tanstack/react-router";
import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { ChevronDown, ChevronUp, Plus } from "lucide-react";
import type { ReactNode } from "react";
import { orderBusiness, type OrderedPart } from "../api";
import { useMay } from "../app/session";
import { Badge, Button, buttonClass, explainDeed, IconButton, Nothing, toast, cx } from "../ui";
import { useWords } from "../words";
import { keepChanges, useUnsavedForms } from "./drafts";

/** In the address of an entry that is not there yet; no key has such letters. */
export const newEntry = "add-new";

export interface Keyed {
  key: string;
}

/** A key made of a name: "Botox & filler" becomes botox_filler, or botox_filler_2 where that is taken. */
export function keyFor(name: string, taken: readonly Keyed[]): string {
  const plain = name.normalize("NFD").replaceAll(/[\u0300-\u036f]/g, "").toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "_").replaceAll(/^_+|_+$/g, "").slice(0, 50) || "entry";
  let key = plain;
  for (let n = 2; taken.some((one) => one.key === key); n++) key = `${plain}_${n}`;
  return key;
}

/** In its place, or behind the others. */
export function withEntry<E extends Keyed>(list: readonly E[], entry: E): E[] {
  return list.some((one) => one.key === entry.key) ? list.map((one) => (one.key === entry.key ? entry : one)) : [...list, entry];
}

interface EntryListProps<E extends Keyed> {
  /** The section's path, and what the interface calls the list. */
  section: string;
  part: OrderedPart;
  entries: readonly E[];
  name: (entry: E) => string;
  /** Under the name. */
  about: (entry: E) => ReactNode;
  /** At the right. */
  side?: (entry: E) => ReactNode;
  /** Shows the list in that order. */
  reorder: (entries: E[]) => void;
  nothing: { icon: ReactNode; title: string; why: string };
}

export function EntryList<E extends Keyed>({ section, part, entries, name, about, side, reorder, nothing }: EntryListProps<E>) {
  const w = useWords().settings.entries;
  const may = useMay("settings.write");
  const unsaved = useUnsavedForms();
  const order = useMutation({
    scope: { id: `order ${section}` },
    mutationFn: (keysInOrder: string[]) => orderBusiness({ part, keys: keysInOrder }),
  });

  function move(at: number, by: 1 | -1): void {
    const next = entries.slice();
    const [moved] = next.splice(at, 1);
    if (!moved) return;
    next.splice(at + by, 0, moved);
    reorder(next);
    order.mutate(next.map((e) => e.key), {
      onError: (error) => {
        reorder(entries.slice());
        toast({ words: explainDeed(error), tone: "trouble" });
      },
    });
  }

  if (entries.length === 0) {
    return (
      <div className="rounded-xl border border-line bg-panel">
        <Nothing icon={nothing.icon} title={nothing.title}>
          <p>{nothing.why}</p>
          {may && <AddEntry section={section} />}
        </Nothing>
      </div>
    );
  }
  return (
    <ul className="divide-y divide-line overflow-hidden rounded-xl border border-line bg-panel">
      {entries.map((e, i) => (
        <li key={e.key} className="group relative flex min-h-14 items-center gap-3 py-2 pr-2 pl-4 hover:bg-ground wide:pl-5">
          <div className="flex min-w-0 flex-1 flex-col wide:flex-row wide:items-center wide:gap-3">
            <div className="min-w-0 flex-1">
              <p className="flex items-baseline gap-2 font-medium">
                <Link to="/settings/$section/$entry" params={{ section, entry: e.key }}
                      className="min-w-0 truncate no-underline after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus">{name(e)}</Link>
                {unsaved.includes(`${section}/${e.key}`) && <Badge tone="fair">{w.unsaved}</Badge>}
              </p>
              <div className="truncate text-sm text-ink-2">{about(e)}</div>
            </div>
            {side && <div className="flex gap-3 text-sm text-ink-2 tabular-nums empty:hidden wide:block wide:shrink-0 wide:text-right">{side(e)}</div>}
          </div>
          {may && entries.length > 1 && (
            <div className="relative flex">
              <IconButton size="sm" label={w.up(name(e))} aria-disabled={i === 0} icon={<ChevronUp className="size-4" />}
                          onClick={() => i > 0 && move(i, -1)} />
              <IconButton size="sm" label={w.down(name(e))} aria-disabled={i === entries.length - 1} icon={<ChevronDown className="size-4" />}
                          onClick={() => i < entries.length - 1 && move(i, 1)} />
            </div>
          )}
        </li>
      ))}
    </ul>
  );
}

export function AddEntry({ section }: { section: string }) {
  const w = useWords().settings;
  const unsaved = useUnsavedForms().includes(`${section}/${newEntry}`);
  return (
    <Link to="/settings/$section/$entry" params={{ section, entry: newEntry }} className={cx(buttonClass("main"))}>
      <Plus className="size-4" aria-hidden="true" />{unsaved ? w.entries.goOn : w.entries.add[section as keyof typeof w.entries.add]}
    </Link>
  );
}

/** Takes an entry away at once, with the way back. */
export function useRemove<E extends Keyed, Known>({ section, known, without, end, put, name }: {
  section: string;
  known: QueryKey;
  without: (was: Known, key: string) => Known;
  end: (key: string) => Promise<unknown>;
  put: (entry: E) => Promise<unknown>;
  name: (entry: E) => string;
}): (entry: E) => void {
  const client = useQueryClient();
  const go = useNavigate();
  const w = useWords().settings.entries;
  const fail = (error: unknown): void => toast({ words: explainDeed(error), tone: "trouble" });
  return (entry) => {
    const was = client.getQueryData<Known>(known);
    keepChanges(`${section}/${entry.key}`, {});
    client.setQueryData<Known>(known, (now) => now && without(now, entry.key));
    void go({ to: "/settings/$section", params: { section } });
    end(entry.key).then(() => toast({
      words: w.removed(name(entry)),
      undo: () => void put(entry).then(() => client.invalidateQueries({ queryKey: known })).catch(fail),
    }), (error: unknown) => {
      client.setQueryData(known, was);
      fail(error);
    });
  };
}

/** An address of an entry that is not, or no longer, there. */
export function NoEntry({ section }: { section: string }) {
  const w = useWords().settings;
  return (
    <div className="flex flex-1">
      <Nothing title={w.entries.missing}>
        <Link to="/settings/$section" params={{ section }} className={buttonClass()}>{w.back}</Link>
      </Nothing>
    </div>
  );
}

export function RemoveButton({ remove }: { remove: () => void }) {
  const w = useWords().settings.entries;
  return <Button look="danger" onClick={remove}>{w.remove}</Button>;
}
