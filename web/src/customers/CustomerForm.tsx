// SPDX-License-Identifier: Apache-2.0
// A customer's data, new or changed. Only what was changed is sent; what the server says of a field
// stands at that field.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState, type FormEvent } from "react";
import { ApiError, createCustomer, updateCustomer, type Customer } from "../api";
import { useMay } from "../app/session";
import { freshKey } from "../lib/freshKey";
import { Button, Dialog, explainDeed, Field, Input, Select, TextArea, toast } from "../ui";
import { useWords } from "../words";
import { nameOf } from "./names";

interface CustomerFormProps {
  /** Absent: a new one. */
  customer?: Customer;
  close: () => void;
  done?: (customer: Customer) => void;
}

interface Typed {
  name: string;
  phone: string;
  email: string;
  zone: string;
  notes: string;
  is_new_client: boolean | null;
  has_allergies: boolean | null;
  is_pregnant: boolean | null;
}

type Changes = Partial<{ [K in keyof Typed]: NonNullable<Typed[K]> }>;

const asTyped = (c: Customer | undefined): Typed => ({
  name: c?.name ?? "", phone: c?.phone ?? "", email: c?.email ?? "", zone: c?.zone ?? "", notes: c?.notes ?? "",
  is_new_client: c ? c.is_new_client : true, has_allergies: c?.has_allergies ?? null, is_pregnant: c?.is_pregnant ?? null,
});

/** What differs; an emptied text is sent as one, which takes it away. */
function difference(from: Typed, to: Typed): Changes {
  const changes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(to)) {
    const meant = typeof value === "string" ? value.trim() : value;
    if (meant !== null && meant !== from[name as keyof Typed]) changes[name] = meant;
  }
  return changes as Changes;
}

export function CustomerForm({ customer: current, close, done }: CustomerFormProps) {
  const w = useWords();
  const client = useQueryClient();
  const seesMedical = useMay("customers.medical");
  const form = useId();
  const key = useRef(freshKey());
  // As it was when the form was opened: what others change meanwhile is neither taken for typed nor undone.
  const [customer] = useState(current);
  const [typed, setTyped] = useState(() => asTyped(customer));
  const [touched, setTouched] = useState(false);

  const save = useMutation({
    mutationFn: async (): Promise<Customer> => {
      const given = difference(asTyped(customer), typed);
      if (customer) return updateCustomer({ customer_id: customer.id, ...given });
      const filled = Object.fromEntries(Object.entries(given).filter(([, v]) => v !== ""));
      return createCustomer({ ...filled, name: typed.name.trim() }, { idempotencyKey: key.current });
    },
    onSuccess: (now) => {
      client.setQueryData(["customer", now.id], now);
      void client.invalidateQueries({ queryKey: ["customers"] });
      toast(customer
        ? { words: w.customers.saved(nameOf(now)), undo: () => void putBack(customer, now) }
        : { words: w.customers.added(nameOf(now)) });
      close();
      done?.(now);
    },
  });

  async function putBack(was: Customer, now: Customer): Promise<void> {
    try {
      const back = await updateCustomer({ customer_id: was.id, ...difference(asTyped(now), asTyped(was)) });
      client.setQueryData(["customer", was.id], back);
      void client.invalidateQueries({ queryKey: ["customers"] });
    } catch (error) {
      toast({ words: explainDeed(error), tone: "trouble" });
    }
  }

  const said = save.error instanceof ApiError ? save.error.problem.errors ?? [] : [];
  const shown = new Set(["name", "phone", "email", "zone", "notes"]);
  const wrong = (field: keyof Typed): string | undefined =>
    field === "name" && touched && !typed.name.trim() ? w.customers.nameNeeded : said.find((e) => e.field === field)?.message;
  const other = save.error && !said.some((e) => shown.has(e.field)) ? explainDeed(save.error) : "";

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTouched(true);
    if (typed.name.trim() && !save.isPending) save.mutate();
  }

  function set<K extends keyof Typed>(name: K, value: Typed[K]): void {
    key.current = freshKey();
    setTyped((was) => ({ ...was, [name]: value }));
  }

  const text = (name: "name" | "phone" | "email" | "zone", label: string, more: { type?: string; hint?: string; list?: string } = {}) => (
    <Field label={label} error={wrong(name)} hint={more.hint}>
      {(control) => <Input {...control} type={more.type ?? "text"} list={more.list} autoComplete="off" value={typed[name]}
                           maxLength={255} onChange={(e) => set(name, e.target.value)} />}
    </Field>
  );

  const choice = (name: "is_new_client" | "has_allergies" | "is_pregnant", label: string) => (
    <Field label={label}>
      {(control) => (
        <Select {...control} value={typed[name] === null ? "" : typed[name] ? "yes" : "no"}
                onChange={(e) => set(name, e.target.value === "" ? null : e.target.value === "yes")}>
          {(customer?.[name] ?? null) === null && <option value="">{w.customers.notKnown}</option>}
          <option value="yes">{w.customers.yes}</option>
          <option value="no">{w.customers.no}</option>
        </Select>
      )}
    </Field>
  );

  return (
    <Dialog open close={close} title={customer ? w.customers.edit : w.customers.add} foot={
      <>
        <Button onClick={close}>{w.common.actions.cancel}</Button>
        <Button type="submit" form={form} look="main" busy={save.isPending}>{w.common.actions.save}</Button>
      </>
    }>
      <form id={form} onSubmit={submit} noValidate className="flex flex-col gap-3.5">
        {text("name", w.customers.name)}
        {text("phone", w.customers.phone, { type: "tel", hint: w.customers.phoneHint })}
        {text("email", w.customers.email, { type: "email" })}
        {text("zone", w.customers.zone, { hint: w.customers.zoneHint, list: `${form}-zones` })}
        <datalist id={`${form}-zones`}>{zones().map((z) => <option key={z} value={z} />)}</datalist>
        <div className="grid grid-cols-1 gap-3 wide:grid-cols-3">
          {choice("is_new_client", w.customers.firstVisit)}
          {seesMedical && choice("has_allergies", w.customers.allergies)}
          {seesMedical && choice("is_pregnant", w.customers.pregnant)}
        </div>
        <Field label={w.customers.notes} error={wrong("notes")}>
          {(control) => <TextArea {...control} rows={4} value={typed.notes} onChange={(e) => set("notes", e.target.value)} />}
        </Field>
        <p className="text-sm text-poor empty:hidden" role="alert">{other}</p>
      </form>
    </Dialog>
  );
}

let allZones: readonly string[] | undefined;
const zones = (): readonly string[] => (allZones ??= Intl.supportedValuesOf("timeZone"));
