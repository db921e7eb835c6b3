// SPDX-License-Identifier: Apache-2.0
// Chooses a customer by typing (a combobox), or makes one.
import { UserPlus, X } from "lucide-react";
import { useEffect, useId, useState, type KeyboardEvent } from "react";
import { useMay } from "../app/session";
import { CustomerForm } from "../customers/CustomerForm";
import { useCustomers } from "../customers/CustomerList";
import { nameOf } from "../customers/names";
import { phoneWords } from "../lib/phone";
import { Avatar, cx, Field, IconButton, Input } from "../ui";
import { useWords } from "../words";

export interface Picked {
  id: number;
  name: string;
}

const shown = 6;
const restMs = 180;

export function CustomerPicker({ picked, pick, error }: { picked: Picked | null; pick: (to: Picked | null) => void; error: string | undefined }) {
  const w = useWords();
  const [again, setAgain] = useState(false);
  if (!picked || again) return <Search error={error} pick={(to) => { setAgain(false); pick(to); }} />;
  return (
    <div>
      <p className="mb-1 font-medium">{w.common.customer}</p>
      <p className="flex min-h-9 items-center gap-2 rounded-md bg-sunk py-1 pr-1 pl-2">
        <Avatar name={picked.name} size="sm" />
        <span className="min-w-0 flex-1 truncate font-medium">{phoneWords(picked.name)}</span>
        <IconButton size="sm" label={w.appointments.otherCustomer} icon={<X className="size-4" />} onClick={() => setAgain(true)} />
      </p>
    </div>
  );
}

function Search({ pick, error }: { pick: (to: Picked) => void; error: string | undefined }) {
  const w = useWords();
  const list = useId();
  const mayAdd = useMay("customers.write");
  const [text, setText] = useState("");
  const [q, setQ] = useState("");
  const [at, setAt] = useState(0);
  const [adding, setAdding] = useState(false);
  const { rows } = useCustomers(q);
  const found = rows.slice(0, shown);

  useEffect(() => {
    const timer = window.setTimeout(() => { setQ(text); setAt(0); }, restMs);
    return () => window.clearTimeout(timer);
  }, [text]);

  function keyed(event: KeyboardEvent): void {
    if (event.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (event.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (event.key === "Enter") {
      const one = found[at];
      if (one) pick({ id: one.id, name: nameOf(one) });
    } else return;
    event.preventDefault();
  }

  return (
    <div>
      <Field label={w.common.customer} error={error}>
        {(control) => (
          <div className="flex gap-2">
            <Input {...control} role="combobox" aria-expanded={found.length > 0} aria-controls={list} aria-autocomplete="list"
                   aria-activedescendant={found[at] ? `${list}-${found[at].id}` : undefined} autoComplete="off" value={text}
                   placeholder={w.customers.searchHint} onChange={(e) => setText(e.target.value)} onKeyDown={keyed} />
            {mayAdd && <IconButton look="plain" label={w.customers.add} icon={<UserPlus className="size-4.5" />} onClick={() => setAdding(true)} />}
          </div>
        )}
      </Field>
      <ul id={list} role="listbox" aria-label={w.customers.list} className="mt-1.5 max-h-40 overflow-y-auto rounded-md border border-line empty:hidden">
        {found.map((c, i) => (
          <li key={c.id} id={`${list}-${c.id}`} role="option" aria-selected={i === at} onClick={() => pick({ id: c.id, name: nameOf(c) })}
              onPointerMove={() => setAt(i)} className={cx("flex cursor-pointer items-baseline gap-3 px-2.5 py-1.5", i === at && "bg-accent-soft")}>
            <span className="min-w-0 flex-1 truncate font-medium">{nameOf(c)}</span>
            <span className="shrink-0 text-sm text-ink-2">{c.phone && c.phone !== c.name ? phoneWords(c.phone) : c.email}</span>
          </li>
        ))}
      </ul>
      {text.trim() && q === text && found.length === 0 && <p className="mt-1 text-sm text-ink-2" role="status">{w.customers.noneFound(text)}</p>}
      {adding && <CustomerForm close={() => setAdding(false)} done={(made) => pick({ id: made.id, name: nameOf(made) })} />}
    </div>
  );
}
