// SPDX-License-Identifier: Apache-2.0
// What is offered: for how long, at what price, and what goes before and after it.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Sparkles } from "lucide-react";
import { useMemo } from "react";
import { deleteService, listServices, putService, type Service, type ServiceList } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { useBusiness } from "../app/useBusiness";
import { Failure } from "../ui";
import { useWords } from "../words";
import { AddEntry, EntryList, keyFor, newEntry, NoEntry, RemoveButton, useRemove, withEntry } from "./entries";
import { Fields, linesOf, TextField, textOrNull, wholeNumber, wordsOf } from "./fields";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";
import type { SectionProps } from "./sections";
import { useSettingsForm } from "./useSettingsForm";

const known = keys.business("services");
const section = "services";

export function Services({ entry }: SectionProps) {
  const found = useQuery({ queryKey: known, queryFn: () => listServices() });
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <SectionLoading />;
  const { services } = found.data;
  if (entry === undefined) return <List services={services} />;
  const one = services.find((s) => s.key === entry);
  return one || entry === newEntry ? <Entry key={entry} one={one} all={services} /> : <NoEntry section={section} />;
}

/** 25050 → 250.50; 25000 → 250 */
const amount = (cents: number): string => (cents % 100 ? (cents / 100).toFixed(2) : String(cents / 100));

/** Cents of what is typed; undefined: it is no amount. */
function centsOf(text: string): number | undefined {
  const plain = text.trim().replace(",", ".");
  const cents = Math.round(Number(plain) * 100);
  return /^\d+(\.\d{1,2})?$/.test(plain) && cents <= 2_147_483_647 ? cents : undefined;
}

function price(s: Service, currency: string, free: string): string {
  if (s.price_from_cents === null) return "";
  if (s.price_from_cents === 0 && !s.price_to_cents) return free;
  const from = currency + amount(s.price_from_cents);
  return s.price_to_cents === null || s.price_to_cents === s.price_from_cents ? from : `${from} – ${currency}${amount(s.price_to_cents)}`;
}

function List({ services }: { services: readonly Service[] }) {
  const w = useWords().settings;
  const client = useQueryClient();
  const may = useMay("settings.write");
  const currency = useBusiness().business?.facts.currency ?? "$";
  return (
    <SectionFrame title={w.sections.services} about={w.services.about} actions={may && services.length > 0 ? <AddEntry section={section} /> : undefined}>
      {!may && <ReadOnlyNote />}
      <EntryList section={section} part="services" entries={services} name={(s) => s.name} about={(s) => s.description ?? w.services.noDescription}
                 side={(s) => <><p>{price(s, currency, w.services.free)}</p><p>{w.services.minutes(s.duration_minutes)}</p></>}
                 nothing={{ icon: <Sparkles />, title: w.services.none, why: w.services.noneWhy }}
                 reorder={(to) => client.setQueryData<ServiceList>(known, { services: to })} />
    </SectionFrame>
  );
}

interface Typed {
  name: string;
  synonyms: string;
  duration: string;
  buffer: string;
  from: string;
  to: string;
  description: string;
  preparation: string;
  aftercare: string;
}

const onServer: Record<keyof Typed, string> = {
  name: "name", synonyms: "synonyms", duration: "duration_minutes", buffer: "buffer_minutes", from: "price_from_cents",
  to: "price_to_cents", description: "description", preparation: "preparation", aftercare: "aftercare",
};

function asTyped(s: Service | undefined): Typed {
  const single = s?.price_to_cents === s?.price_from_cents;
  return {
    name: s?.name ?? "",
    synonyms: linesOf(s?.synonyms ?? null),
    duration: s ? String(s.duration_minutes) : "",
    buffer: s?.buffer_minutes ? String(s.buffer_minutes) : "",
    from: s && s.price_from_cents !== null ? amount(s.price_from_cents) : "",
    to: s && s.price_to_cents !== null && !single ? amount(s.price_to_cents) : "",
    description: s?.description ?? "",
    preparation: s?.preparation ?? "",
    aftercare: s?.aftercare ?? "",
  };
}

function Entry({ one, all }: { one: Service | undefined; all: readonly Service[] }) {
  const w = useWords().settings;
  const client = useQueryClient();
  const go = useNavigate();
  const currency = useBusiness().business?.facts.currency ?? "$";
  const base = useMemo(() => asTyped(one), [one]);
  const made = (typed: Typed): Service => ({
    key: one?.key ?? keyFor(typed.name, all),
    name: typed.name.trim(),
    synonyms: wordsOf(typed.synonyms),
    duration_minutes: Number(typed.duration),
    buffer_minutes: Number(typed.buffer || 0),
    price_from_cents: centsOf(typed.from) ?? null,
    price_to_cents: centsOf(typed.to) ?? centsOf(typed.from) ?? null,
    description: textOrNull(typed.description),
    preparation: textOrNull(typed.preparation),
    aftercare: textOrNull(typed.aftercare),
  });
  const listed = (): Service[] => client.getQueryData<ServiceList>(known)?.services ?? [...all];
  const f = useSettingsForm<Typed, ServiceList>({
    id: `${section}/${one?.key ?? newEntry}`, name: one?.name ?? w.entries.add.services, base, known, onServer,
    label: (field) => w.services.fields[field],
    check: (typed) => ({
      name: typed.name.trim() ? undefined : w.nameNeeded,
      duration: wholeNumber(typed.duration, 1, 1440) === undefined ? w.wholeNumber(1, 1440) : undefined,
      buffer: typed.buffer.trim() && wholeNumber(typed.buffer, 0, 480) === undefined ? w.wholeNumber(0, 480) : undefined,
      from: typed.from.trim() && centsOf(typed.from) === undefined ? w.services.noAmount : typed.to.trim() && !typed.from.trim() ? w.services.fromNeeded : undefined,
      to: typed.to.trim() && centsOf(typed.to) === undefined ? w.services.noAmount
        : (centsOf(typed.to) ?? Infinity) < (centsOf(typed.from) ?? 0) ? w.services.toLess : undefined,
    }),
    apply: (was, typed) => (one ? { services: withEntry(was.services, made(typed)) } : was),
    send: async (typed) => {
      const saved = await putService(made(typed));
      return { services: withEntry(listed(), saved) };
    },
    ...(one ? {} : {
      takeBack: async (typed: Typed) => {
        const { key } = made(typed);
        await deleteService({ key });
        return { services: listed().filter((s) => s.key !== key) };
      },
      done: () => void go({ to: "/settings/$section", params: { section } }),
    }),
  });
  const remove = useRemove<Service, ServiceList>({
    section, known, name: (s) => s.name, end: (key) => deleteService({ key }), put: (s) => putService(s),
    without: (was, key) => ({ services: was.services.filter((s) => s.key !== key) }),
  });
  const { fields, hints } = w.services;
  return (
    <SectionFrame title={one?.name ?? w.entries.add.services} backTo={section} bar={f.bar}
                  actions={one && f.may ? <RemoveButton remove={() => remove(one)} /> : undefined}>
      {!f.may && <ReadOnlyNote />}
      <form ref={f.ref} onSubmit={f.submit} noValidate className="flex flex-col gap-5">
        <Card>
          <Fields>
            <TextField f={f} name="name" label={fields.name} wide />
            <TextField f={f} name="duration" label={fields.duration} numeric max={4} />
            <TextField f={f} name="buffer" label={fields.buffer} numeric max={4} hint={hints.buffer} />
            <TextField f={f} name="from" label={`${fields.from} (${currency})`} numeric max={12} />
            <TextField f={f} name="to" label={`${fields.to} (${currency})`} numeric max={12} hint={hints.to} />
            <TextField f={f} name="synonyms" label={fields.synonyms} rows={3} max={4000} hint={hints.synonyms} />
          </Fields>
        </Card>
        <Card title={w.services.told} about={w.services.toldAbout}>
          <Fields>
            <TextField f={f} name="description" label={fields.description} rows={3} max={4000} />
            <TextField f={f} name="preparation" label={fields.preparation} rows={3} max={4000} />
            <TextField f={f} name="aftercare" label={fields.aftercare} rows={3} max={4000} />
          </Fields>
        </Card>
        <input type="submit" hidden />
      </form>
    </SectionFrame>
  );
}
