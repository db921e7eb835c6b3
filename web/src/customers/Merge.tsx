// SPDX-License-Identifier: Apache-2.0
// Two customers who may be one: who is suggested, both side by side with what they would become, and the
// merge, which is undone from its toast or from the customer's page.
import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ArrowLeftRight, GitMerge, Undo2 } from "lucide-react";
import { useRef, useState, type ReactNode } from "react";
import { listDuplicates, mergeCustomers, previewMerge, setDistinct, undoMerge, type Customer, type CustomerBrief, type MergePreview, type MergeSide, type Twin } from "../api";
import { CustomerPicker, type Picked } from "../appointments/CustomerPicker";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { freshKey } from "../lib/freshKey";
import { phoneWords } from "../lib/phone";
import { Badge, Button, cx, DateTime, Dialog, explainDeed, Failure, Loading, Nothing, toast } from "../ui";
import { useWords } from "../words";
import { nameOf } from "./names";
import { Part } from "./CustomerSide";

type Pair = readonly [kept: number, other: number];

function forget(client: QueryClient): void {
  void client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === "customer" || first === "customers" || first === "conversation" || first === "appointments" });
}

/** Takes a merge back, and says so. */
function useUndo() {
  const w = useWords();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (merge: string) => undoMerge({ merge_id: merge }),
    onSuccess: () => { forget(client); toast({ words: w.merge.undone }); },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
  });
}

/** Two side by side. Which of them is kept can be turned round; there is nothing to choose beside that. */
export function MergeDialog({ pair, close, merged }: { pair: Pair; close: () => void; merged?: (kept: number) => void }) {
  const w = useWords();
  const client = useQueryClient();
  const undo = useUndo();
  const key = useRef(freshKey());
  const [[kept, other], setPair] = useState(pair);
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...keys.customer(kept), "merge", other], queryFn: () => previewMerge({ customer_id: kept, other_id: other }), gcTime: 0,
  });
  const merge = useMutation({
    mutationFn: () => mergeCustomers({ customer_id: kept, other_id: other }, { idempotencyKey: key.current }),
    onSuccess: (done) => {
      close();
      merged?.(done.customer.id);
      client.setQueryData(keys.customer(done.customer.id), done.customer);
      forget(client);
      toast({ words: w.merge.done(nameOf(done.customer)), undo: () => undo.mutate(done.merge_id) });
    },
  });
  return (
    <Dialog open wide close={close} title={w.merge.title} about={w.merge.about} foot={
      <>
        <Button className="mr-auto" onClick={() => { key.current = freshKey(); setPair([other, kept]); }}>
          <ArrowLeftRight className="size-4" /><span className="max-wide:sr-only">{w.merge.turn}</span>
        </Button>
        <Button onClick={close}>{w.common.actions.cancel}</Button>
        <Button look="main" busy={merge.isPending} disabled={!data} onClick={() => merge.mutate()}>{w.merge.merge}</Button>
      </>
    }>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {isPending && <Loading rows={6} />}
      {data && <Compared of={data} />}
      <p className="mt-2 text-sm text-poor empty:hidden" role="alert">{merge.error ? explainDeed(merge.error) : ""}</p>
    </Dialog>
  );
}

function Compared({ of }: { of: MergePreview }) {
  const w = useWords();
  const c = w.customers;
  const tri = (value: boolean | null): ReactNode => value === null ? null : value ? c.yes : c.no;
  const addresses = (side: MergeSide, kind: "phone" | "email"): ReactNode =>
    side.identities.filter((i) => i.kind === kind).map((i) => <span key={i.address} className="block">{phoneWords(i.address)}</span>);
  const all = (kind: "phone" | "email"): ReactNode => [of.kept, of.other].map((side, i) => <span key={i} className="contents">{addresses(side, kind)}</span>);
  const has = (side: MergeSide, kind: "phone" | "email"): boolean => side.identities.some((i) => i.kind === kind);
  const text = (name: string, read: (customer: Customer) => ReactNode): [string, ReactNode, ReactNode, ReactNode] =>
    [name, read(of.kept.customer), read(of.other.customer), read(of.result)];
  const count = (name: string, which: "conversations" | "appointments" | "notes"): [string, ReactNode, ReactNode, ReactNode] =>
    [name, of.kept[which], of.other[which], of.kept[which] + of.other[which]];
  const rows: [string, ReactNode, ReactNode, ReactNode][] = [
    text(c.name, (one) => nameOf(one)),
    [c.phone, has(of.kept, "phone") && addresses(of.kept, "phone"), has(of.other, "phone") && addresses(of.other, "phone"), (has(of.kept, "phone") || has(of.other, "phone")) && all("phone")],
    [c.email, has(of.kept, "email") && addresses(of.kept, "email"), has(of.other, "email") && addresses(of.other, "email"), (has(of.kept, "email") || has(of.other, "email")) && all("email")],
    text(c.zone, (one) => one.zone),
    text(c.firstVisit, (one) => tri(one.is_new_client)),
    text(c.allergies, (one) => tri(one.has_allergies)),
    text(c.pregnant, (one) => tri(one.is_pregnant)),
    text(c.notes, (one) => one.notes && <span className="whitespace-pre-wrap">{one.notes}</span>),
    text(c.since, (one) => one.created_at && <DateTime at={one.created_at} as="day" />),
    count(w.merge.conversations, "conversations"),
    count(c.appointments, "appointments"),
    count(w.merge.staffNotes, "notes"),
  ];
  // What neither has needs no row.
  const shown = rows.filter(([, kept, other]) => Boolean(kept) || Boolean(other));
  const cell = "px-2 py-1.5 align-top [overflow-wrap:anywhere]";
  return (
    <>
      <table className="w-full table-fixed text-left max-wide:text-sm">
        <thead>
          <tr className="border-b border-line text-sm text-ink-2">
            <th scope="col" className={cx(cell, "w-1/5 max-wide:w-18 max-wide:px-0.5")}><span className="sr-only">{w.merge.what}</span></th>
            <th scope="col" className={cell}>{w.merge.kept}</th>
            <th scope="col" className={cell}>{w.merge.other}</th>
            <th scope="col" className={cx(cell, "bg-accent-soft text-accent-text")}>{w.merge.result}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map(([name, kept, other, result]) => (
            <tr key={name} className="border-b border-line last:border-b-0">
              <th scope="row" className={cx(cell, "font-normal text-ink-2 max-wide:px-0.5 max-wide:text-xs")}>{name}</th>
              {[kept, other].map((value, i) => <td key={i} className={cell}>{value || value === 0 ? value : <span className="text-ink-2">–</span>}</td>)}
              <td className={cx(cell, "bg-accent-soft font-medium")}>{result}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {of.refused.length > 0 && (
        <section className="mt-3 rounded-md bg-fair-soft px-3 py-2" aria-label={w.merge.refused}>
          <p className="font-medium">{w.merge.refused}</p>
          <ul className="mt-1 flex flex-col gap-0.5 text-sm">
            {of.refused.map((r) => <li key={`${r.address} ${r.channel} ${r.purpose}`}>{phoneWords(r.address)} · {c.consentFor(w.common.channels[r.channel], c.purposes[r.purpose])}</li>)}
          </ul>
        </section>
      )}
    </>
  );
}

/** Who is compared with whom: somebody is looked for. */
export function MergeWith({ customer, close, merged }: { customer: Customer; close: () => void; merged?: (kept: number) => void }) {
  const w = useWords();
  const [picked, pick] = useState<Picked | null>(null);
  if (picked && picked.id !== customer.id) return <MergeDialog pair={[customer.id, picked.id]} close={close} {...(merged ? { merged } : {})} />;
  return (
    <Dialog open close={close} title={w.merge.withWhom} about={w.merge.withWhomAbout(nameOf(customer))}>
      <CustomerPicker picked={null} pick={pick} error={picked ? w.merge.same : undefined} />
    </Dialog>
  );
}

/** Beside a customer: who looks like them, and who was merged into them. */
export function Twins({ customer }: { customer: Customer }) {
  const w = useWords();
  const mayWrite = useMay("customers.write");
  const go = useNavigate();
  const search = useSearch({ from: "/customers" });
  const undo = useUndo();
  const [compared, compare] = useState<Pair | null>(null);
  const { data } = useQuery({
    queryKey: [...keys.customer(customer.id), "twins"], queryFn: () => listDuplicates({ customer_id: customer.id, limit: 10 }), enabled: mayWrite,
  });
  const merges = customer.merges ?? [];
  const twins = (data?.pairs ?? []).map((p) => ({ reason: p.reason, who: p.one.id === customer.id ? p.other : p.one }));
  if (twins.length === 0 && merges.length === 0) return null;
  return (
    <>
      {twins.length > 0 && (
        <Part title={w.merge.maybe}>
          <ul className="flex flex-col gap-2">
            {twins.map(({ reason, who }) => (
              <li key={who.id} className="rounded-md border border-line bg-panel px-3 py-2">
                <Likeness who={who} reason={reason} />
                <span className="mt-1.5 flex flex-wrap gap-2">
                  <Button size="sm" onClick={() => compare(customer.id < who.id ? [customer.id, who.id] : [who.id, customer.id])} aria-label={w.merge.compareWith(nameOf(who))}>{w.merge.compare}</Button>
                  <NotSame one={customer.id} other={who} />
                </span>
              </li>
            ))}
          </ul>
        </Part>
      )}
      {merges.length > 0 && (
        <Part title={w.merge.merged}>
          <ul className="flex flex-col gap-1">
            {merges.map((m) => (
              <li key={m.merge_id} className="flex items-start gap-2">
                <span className="min-w-0 flex-1 [overflow-wrap:anywhere]">{phoneWords(m.name)}
                  <span className="block text-sm text-ink-2">{w.merge.by(m.by)}, <DateTime at={m.at} as="day" /></span>
                </span>
                {mayWrite && <Button look="quiet" size="sm" busy={undo.isPending} onClick={() => undo.mutate(m.merge_id)} aria-label={w.merge.splitOff(m.name)}><Undo2 className="size-4" />{w.merge.split}</Button>}
              </li>
            ))}
          </ul>
        </Part>
      )}
      {compared && <MergeDialog pair={compared} close={() => compare(null)}
                                merged={(kept) => void go({ to: "/customers/$customerId", params: { customerId: String(kept) }, search })} />}
    </>
  );
}

function Likeness({ who, reason }: { who: CustomerBrief; reason: Twin["reason"] }) {
  const w = useWords();
  const reached = [who.phone && who.phone !== who.name ? phoneWords(who.phone) : null, who.email !== who.name ? who.email : null].filter(Boolean).join(" · ");
  return (
    <>
      <span className="block font-medium [overflow-wrap:anywhere]">{nameOf(who)}</span>
      <span className="block text-sm text-ink-2 [overflow-wrap:anywhere]">{reached}</span>
      <Badge tone="plain">{w.merge.reasons[reason]}</Badge>
    </>
  );
}

function NotSame({ one, other }: { one: number; other: CustomerBrief }) {
  const w = useWords();
  const client = useQueryClient();
  const say = useMutation({
    mutationFn: (distinct: boolean) => setDistinct({ customer_id: one, other_id: other.id, distinct }),
    onSuccess: (_, distinct) => {
      forget(client);
      if (distinct) toast({ words: w.merge.saidDistinct(nameOf(other)), undo: () => say.mutate(false) });
    },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
  });
  return <Button look="quiet" size="sm" busy={say.isPending} onClick={() => say.mutate(true)} aria-label={w.merge.notSameAs(nameOf(other))}>{w.merge.notSame}</Button>;
}

/** All who may be one, from the list of customers. */
export function Duplicates({ close }: { close: () => void }) {
  const w = useWords();
  const [compared, compare] = useState<Pair | null>(null);
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["customers", "duplicates"], queryFn: () => listDuplicates({ limit: 100 }) });
  return (
    <Dialog open wide close={close} title={w.merge.duplicates} about={w.merge.duplicatesAbout}>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {isPending && <Loading rows={4} />}
      {data?.pairs.length === 0 && <Nothing icon={<GitMerge />} title={w.merge.none}>{w.merge.noneWhy}</Nothing>}
      <ul className="flex flex-col gap-2">
        {(data?.pairs ?? []).map((p) => (
          <li key={`${p.one.id} ${p.other.id}`} className="flex flex-wrap items-center gap-x-4 gap-y-2 rounded-md border border-line px-3 py-2">
            <span className="min-w-0 flex-1 basis-40"><Likeness who={p.other} reason={p.reason} /></span>
            <span className="min-w-0 flex-1 basis-40">
              <span className="block font-medium [overflow-wrap:anywhere]">{nameOf(p.one)}</span>
              <span className="block text-sm text-ink-2 [overflow-wrap:anywhere]">{[p.one.phone && phoneWords(p.one.phone), p.one.email].filter(Boolean).join(" · ")}</span>
            </span>
            <span className="flex gap-2">
              <Button size="sm" onClick={() => compare([p.other.id, p.one.id])} aria-label={w.merge.compareWith(nameOf(p.one))}>{w.merge.compare}</Button>
              <NotSame one={p.other.id} other={p.one} />
            </span>
          </li>
        ))}
      </ul>
      {compared && <MergeDialog pair={compared} close={() => compare(null)} />}
    </Dialog>
  );
}
