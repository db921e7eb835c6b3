// SPDX-License-Identifier: Apache-2.0
// Who gives the services: which ones, and when they work.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { UserRound } from "lucide-react";
import { useId, useMemo } from "react";
import { deleteProvider, listProviders, putProvider, type HoursSpan, type Provider, type ProviderList } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { useBusiness } from "../app/useBusiness";
import { Checkbox, Failure, Switch } from "../ui";
import { useWords } from "../words";
import { AddEntry, EntryList, keyFor, newEntry, NoEntry, RemoveButton, useRemove, withEntry } from "./entries";
import { Fields, linesOf, TextField, textOrNull, wordsOf } from "./fields";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";
import { HoursEditor, hoursFault } from "./HoursEditor";
import type { SectionProps } from "./sections";
import { useSettingsForm, type SettingsForm } from "./useSettingsForm";

const known = keys.business("providers");
const section = "providers";

export function Providers({ entry }: SectionProps) {
  const found = useQuery({ queryKey: known, queryFn: () => listProviders() });
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <SectionLoading />;
  const { providers } = found.data;
  if (entry === undefined) return <List providers={providers} />;
  const one = providers.find((p) => p.key === entry);
  return one || entry === newEntry ? <Entry key={entry} one={one} all={providers} /> : <NoEntry section={section} />;
}

const named = (p: Provider): string => (p.credentials ? `${p.name}, ${p.credentials}` : p.name);

function List({ providers }: { providers: readonly Provider[] }) {
  const w = useWords().settings;
  const client = useQueryClient();
  const may = useMay("settings.write");
  const { serviceName } = useBusiness();
  return (
    <SectionFrame title={w.sections.providers} about={w.providers.about} actions={may && providers.length > 0 ? <AddEntry section={section} /> : undefined}>
      {!may && <ReadOnlyNote />}
      <EntryList section={section} part="providers" entries={providers} name={named}
                 about={(p) => [p.title, p.services ? p.services.map(serviceName).join(", ") || w.providers.noServices : w.providers.allServices].filter(Boolean).join(" · ")}
                 nothing={{ icon: <UserRound />, title: w.providers.none, why: w.providers.noneWhy }}
                 reorder={(to) => client.setQueryData<ProviderList>(known, { providers: to })} />
    </SectionFrame>
  );
}

interface Typed {
  name: string;
  title: string;
  credentials: string;
  about: string;
  synonyms: string;
  calendar: string;
  all: boolean;
  services: string[];
  own: boolean;
  hours: HoursSpan[];
}

const asTyped = (p: Provider | undefined): Typed => ({
  name: p?.name ?? "", title: p?.title ?? "", credentials: p?.credentials ?? "", about: p?.about ?? "",
  synonyms: linesOf(p?.synonyms ?? null), calendar: p?.calendar ?? "",
  all: !p?.services, services: p?.services ?? [], own: (p?.hours.length ?? 0) > 0, hours: p?.hours ?? [],
});

function Entry({ one, all }: { one: Provider | undefined; all: readonly Provider[] }) {
  const w = useWords().settings;
  const client = useQueryClient();
  const go = useNavigate();
  const { business } = useBusiness();
  const base = useMemo(() => asTyped(one), [one]);
  const made = (typed: Typed): Provider => ({
    key: one?.key ?? keyFor(typed.name, all), name: typed.name.trim(), title: textOrNull(typed.title), credentials: textOrNull(typed.credentials),
    about: textOrNull(typed.about), synonyms: wordsOf(typed.synonyms), calendar: textOrNull(typed.calendar),
    services: typed.all ? null : typed.services, hours: typed.own ? typed.hours : [],
  });
  const listed = (): Provider[] => client.getQueryData<ProviderList>(known)?.providers ?? [...all];
  const f = useSettingsForm<Typed, ProviderList>({
    id: `${section}/${one?.key ?? newEntry}`, name: one?.name ?? w.entries.add.providers, base, known,
    label: (field) => (field === "all" || field === "own" ? "" : w.providers.fields[field]),
    check: (typed) => ({
      name: typed.name.trim() ? undefined : w.nameNeeded,
      services: typed.all || typed.services.length ? undefined : w.providers.serviceNeeded,
      hours: !typed.own ? undefined : typed.hours.length ? hoursFault(typed.hours, w.hours) : w.providers.hoursNeeded,
    }),
    apply: (was, typed) => (one ? { providers: withEntry(was.providers, made(typed)) } : was),
    send: async (typed) => {
      const saved = await putProvider(made(typed));
      return { providers: withEntry(listed(), saved) };
    },
    ...(one ? {} : {
      takeBack: async (typed: Typed) => {
        const { key } = made(typed);
        await deleteProvider({ key });
        return { providers: listed().filter((p) => p.key !== key) };
      },
      done: () => void go({ to: "/settings/$section", params: { section } }),
    }),
  });
  const remove = useRemove<Provider, ProviderList>({
    section, known, name: (p) => p.name, end: (key) => deleteProvider({ key }), put: (p) => putProvider(p),
    without: (was, key) => ({ providers: was.providers.filter((p) => p.key !== key) }),
  });
  const { fields, hints } = w.providers;
  return (
    <SectionFrame title={one ? named(one) : w.entries.add.providers} backTo={section} bar={f.bar}
                  actions={one && f.may ? <RemoveButton remove={() => remove(one)} /> : undefined}>
      {!f.may && <ReadOnlyNote />}
      <form ref={f.ref} onSubmit={f.submit} noValidate className="flex flex-col gap-5">
        <Card>
          <Fields>
            <TextField f={f} name="name" label={fields.name} />
            <TextField f={f} name="credentials" label={fields.credentials} max={100} hint={hints.credentials} />
            <TextField f={f} name="title" label={fields.title} wide hint={hints.title} />
            <TextField f={f} name="about" label={fields.about} rows={3} max={4000} hint={hints.about} />
            <TextField f={f} name="synonyms" label={fields.synonyms} rows={2} max={4000} hint={hints.synonyms} />
            <TextField f={f} name="calendar" label={fields.calendar} wide hint={hints.calendar} />
          </Fields>
        </Card>
        <Card title={fields.services}>
          <ServicesOf f={f} />
        </Card>
        <Card title={fields.hours}>
          <Switch label={w.providers.own} hint={w.providers.ownHint} on={f.typed.own} disabled={!f.may}
                  change={(own) => f.set({ own, ...(own && f.typed.hours.length === 0 ? { hours: business?.hours ?? [] } : {}) })} />
          {f.typed.own && <HoursEditor hours={f.typed.hours} change={(hours) => f.set({ hours })} may={f.may} closed={w.providers.off} error={f.wrong("hours")} />}
        </Card>
        <input type="submit" hidden />
      </form>
    </SectionFrame>
  );
}

function ServicesOf({ f }: { f: SettingsForm<Typed> }) {
  const w = useWords().settings.providers;
  const id = useId();
  const { services } = useBusiness();
  const { typed } = f;
  const error = f.wrong("services");
  return (
    <>
      <Switch label={w.allServices} hint={w.allHint} on={typed.all} disabled={!f.may} change={(to) => f.set({ all: to })} />
      {!typed.all && (
        <ul className="grid gap-x-4 wide:grid-cols-2" aria-describedby={error ? id : undefined}>
          {services.map((s) => (
            <li key={s.key}>
              <label className="flex min-h-9 items-center gap-2.5">
                <Checkbox label={s.name} on={typed.services.includes(s.key)}
                          change={(on) => f.may && f.set({ services: services.map((x) => x.key).filter((key) => (key === s.key ? on : typed.services.includes(key))) })} />
                <span className="min-w-0 truncate">{s.name}</span>
              </label>
            </li>
          ))}
        </ul>
      )}
      {error && <p id={id} className="text-sm text-poor" role="alert">{error}</p>}
    </>
  );
}
