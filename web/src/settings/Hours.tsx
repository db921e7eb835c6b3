// SPDX-License-Identifier: Apache-2.0
// When the business is open, and the days on which it or one of its people is away.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CalendarOff, Trash2 } from "lucide-react";
import { useMemo, useRef, useState, type FormEvent } from "react";
import { addClosure, ApiError, deleteClosure, setHours, showBusiness, type Business, type Closure, type HoursSpan, type Provider } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { useBusiness } from "../app/useBusiness";
import { freshKey } from "../lib/freshKey";
import { localIn } from "../lib/zone";
import { Badge, Button, explainDeed, Failure, Field, IconButton, Input, Nothing, Select, toast } from "../ui";
import { useWords } from "../words";
import { calendarDay } from "../words/times";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";
import { HoursEditor, hoursFault, UsualWeek } from "./HoursEditor";
import { useSettingsForm } from "./useSettingsForm";

const known = keys.business("facts");

export function Hours() {
  const business = useQuery({ queryKey: known, queryFn: () => showBusiness() });
  if (business.data) return <Page business={business.data} />;
  if (business.error) return <Failure error={business.error} retry={() => void business.refetch()} />;
  return <SectionLoading />;
}

function Page({ business }: { business: Business }) {
  const w = useWords().settings;
  const base = useMemo(() => ({ hours: business.hours }), [business.hours]);
  const f = useSettingsForm<{ hours: HoursSpan[] }, Business>({
    id: "hours", name: w.hours.opening, base, known,
    label: () => w.hours.opening,
    check: ({ hours }) => ({ hours: hoursFault(hours, w.hours) }),
    apply: (was, { hours }) => ({ ...was, hours }),
    send: ({ hours }) => setHours({ hours }),
  });
  const change = (hours: HoursSpan[]): void => f.set({ hours });
  return (
    <SectionFrame title={w.sections.hours} about={w.hours.about(business.zone)} bar={f.bar}>
      {!f.may && <ReadOnlyNote />}
      <form ref={f.ref} onSubmit={f.submit} noValidate>
        <Card title={w.hours.opening} actions={f.may && f.typed.hours.length === 0 ? <UsualWeek set={change} /> : undefined}>
          <HoursEditor hours={f.typed.hours} change={change} may={f.may} closed={w.hours.closed} error={f.wrong("hours")} />
        </Card>
      </form>
      <Closures closures={business.closures} zone={business.zone} />
    </SectionFrame>
  );
}

function Closures({ closures, zone }: { closures: readonly Closure[]; zone: string }) {
  const w = useWords().settings.closures;
  const may = useMay("settings.write");
  const { providers } = useBusiness();
  const today = localIn(zone, new Date()).day;
  const coming = closures.filter((c) => c.to >= today);
  const past = closures.filter((c) => c.to < today).toReversed();
  const list = (some: readonly Closure[]) => (
    <ul className="divide-y divide-line">
      {some.map((c) => <Row key={c.id} closure={c} providers={providers} today={today} may={may} />)}
    </ul>
  );
  return (
    <Card title={w.title} about={w.about} flush>
      {may && <AddClosure providers={providers} today={today} />}
      {coming.length > 0 ? list(coming) : <Nothing icon={<CalendarOff />} title={w.none}>{w.noneWhy}</Nothing>}
      {past.length > 0 && (
        <details className="border-t border-line">
          <summary className="px-4 py-2.5 font-medium text-ink-2 wide:px-5">{w.past(past.length)}</summary>
          {list(past)}
        </details>
      )}
    </Card>
  );
}

function useClosures() {
  const client = useQueryClient();
  const set = (change: (was: Closure[]) => Closure[]): void => {
    client.setQueryData<Business>(known, (was) => was && {
      ...was, closures: change(was.closures).toSorted((a, b) => a.from.localeCompare(b.from) || a.to.localeCompare(b.to)),
    });
  };
  return {
    add: async (c: Pick<Closure, "from" | "to" | "provider" | "reason">, key: string): Promise<Closure> => {
      const made = await addClosure(c, { idempotencyKey: key });
      set((was) => [...was.filter((one) => one.id !== made.id), made]);
      return made;
    },
    remove: async (c: Closure): Promise<void> => {
      set((was) => was.filter((one) => one.id !== c.id));
      try {
        await deleteClosure({ closure_id: c.id });
      } catch (error) {
        if (!(error instanceof ApiError && error.status === 404)) {
          set((was) => [...was, c]);
          throw error;
        }
      }
    },
  };
}

const trouble = (error: unknown): void => toast({ words: explainDeed(error), tone: "trouble" });

function Row({ closure: c, providers, today, may }: { closure: Closure; providers: readonly Provider[]; today: string; may: boolean }) {
  const w = useWords().settings.closures;
  const { add, remove } = useClosures();
  const who = c.provider === null ? w.everybody : providers.find((p) => p.key === c.provider)?.name ?? c.provider;
  const days = c.from === c.to ? calendarDay(c.from, today) : w.span(calendarDay(c.from, today, "short"), calendarDay(c.to, today, "short"));
  function take(): void {
    const key = freshKey();
    remove(c).then(() => toast({ words: w.removed(days), undo: () => void add(c, key).catch(trouble) }), trouble);
  }
  return (
    <li className="flex items-center gap-3 px-4 py-2 wide:px-5">
      <div className="min-w-0 flex-1">
        <p className="font-medium">{days}</p>
        {c.reason && <p className="text-sm wrap-anywhere text-ink-2">{c.reason}</p>}
      </div>
      <Badge tone={c.provider === null ? "fair" : "plain"} className="max-w-40"><span className="truncate">{who}</span></Badge>
      {may && <IconButton label={w.remove(days)} icon={<Trash2 className="size-4" />} onClick={take} />}
    </li>
  );
}

function AddClosure({ providers, today }: { providers: readonly Provider[]; today: string }) {
  const w = useWords().settings.closures;
  const blank = { from: "", to: "", provider: "", reason: "" };
  const [typed, setTyped] = useState(blank);
  const [touched, setTouched] = useState(false);
  const key = useRef(freshKey());
  const first = useRef<HTMLInputElement>(null);
  const { add, remove } = useClosures();
  const make = useMutation({
    mutationFn: () => add({
      from: typed.from, to: typed.to || typed.from, provider: typed.provider || null, reason: typed.reason.trim() || null,
    }, key.current),
    onSuccess: (made) => {
      setTyped(blank);
      setTouched(false);
      key.current = freshKey();
      first.current?.focus();
      toast({ words: w.added, undo: () => void remove(made).catch(trouble) });
    },
  });
  const said = make.error instanceof ApiError ? make.error.problem.errors ?? [] : [];
  const wrong = (field: keyof typeof blank): string | undefined => {
    if (touched && field === "from" && !typed.from) return w.dayNeeded;
    if (touched && field === "to" && typed.to && typed.to < typed.from) return w.before;
    return said.find((e) => e.field === field)?.message;
  };
  function set(name: keyof typeof blank, value: string): void {
    key.current = freshKey();
    make.reset();
    setTyped((was) => ({ ...was, [name]: value }));
  }
  function submit(event: FormEvent): void {
    event.preventDefault();
    setTouched(true);
    if (typed.from && !(typed.to && typed.to < typed.from) && !make.isPending) make.mutate();
  }
  const other = make.error && said.length === 0 ? explainDeed(make.error) : "";
  return (
    <form onSubmit={submit} noValidate className="border-b border-line bg-ground/60 px-4 py-3 wide:px-5">
      <div className="grid items-start gap-3 grid-cols-2 wide:grid-cols-[10rem_10rem_1fr]">
        <Field label={w.from} error={wrong("from")}>
          {(c) => <Input {...c} ref={first} type="date" min={today} value={typed.from} onChange={(e) => set("from", e.target.value)} />}
        </Field>
        <Field label={w.to} error={wrong("to")}>
          {(c) => <Input {...c} type="date" min={typed.from || today} value={typed.to} onChange={(e) => set("to", e.target.value)} />}
        </Field>
        <Field label={w.who} error={wrong("provider")} className="max-wide:col-span-2">
          {(c) => (
            <Select {...c} value={typed.provider} onChange={(e) => set("provider", e.target.value)}>
              <option value="">{w.everybody}</option>
              {providers.map((p) => <option key={p.key} value={p.key}>{p.name}</option>)}
            </Select>
          )}
        </Field>
        <Field label={w.reason} error={wrong("reason")} className="col-span-2">
          {(c) => <Input {...c} value={typed.reason} maxLength={255} placeholder={w.reasonHint} autoComplete="off" onChange={(e) => set("reason", e.target.value)} />}
        </Field>
        <Button type="submit" busy={make.isPending} className="justify-self-start wide:mt-[1.55rem]">{w.add}</Button>
      </div>
      <p className="pt-1 text-sm text-poor empty:hidden" role="alert">{other}</p>
    </form>
  );
}
