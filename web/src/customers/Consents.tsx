// SPDX-License-Identifier: Apache-2.0
// What a customer agreed to and what they refused, by channel and purpose, with its history. A change
// is written into the ledger with the reason that the staff give.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useId, useRef, useState, type FormEvent } from "react";
import { grantConsent, listConsents, revokeConsent, type Channel, type ConsentNow, type ConsentPurpose, type Customer } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { freshKey } from "../lib/freshKey";
import { phoneWords } from "../lib/phone";
import { Badge, Button, ChannelIcon, DateTime, Dialog, explainDeed, Failure, Field, IconButton, Loading, Select, TextArea, toast } from "../ui";
import { useWords } from "../words";
import { plainWords } from "../words/people";
import { Part } from "./CustomerSide";

const channels: readonly Channel[] = ["sms", "whatsapp", "email", "voice"];
const purposes: readonly ConsentPurpose[] = ["all", "reminder", "marketing"];

interface Wanted {
  channel: Channel;
  purpose: ConsentPurpose;
  grant: boolean;
}

export function Consents({ customer, consent }: { customer: Customer; consent: readonly ConsentNow[] }) {
  const w = useWords();
  const mayWrite = useMay("consents.write");
  const maySeeLedger = useMay("consents.read");
  const [wanted, setWanted] = useState<Wanted | null>(null);
  const [ledger, setLedger] = useState(false);
  const reachable = customer.phone !== null || customer.email !== null;
  return (
    <Part title={w.customers.consents} aside={mayWrite && reachable && (
      <IconButton size="sm" label={w.customers.consentAdd} icon={<Plus className="size-4" />}
                  onClick={() => setWanted({ channel: customer.phone ? "sms" : "email", purpose: "marketing", grant: true })} />
    )}>
      {consent.length === 0 && <p className="text-ink-2">{w.customers.noConsents}</p>}
      <ul className="flex flex-col gap-2">
        {consent.map((c) => (
          <li key={`${c.channel} ${c.purpose} ${c.address}`} className="flex items-start gap-2.5">
            <span className="pt-0.5 text-ink-2"><ChannelIcon channel={c.channel} /></span>
            <span className="min-w-0 flex-1">
              <span className="flex flex-wrap items-center gap-x-2">
                <span>{w.customers.consentFor(w.common.channels[c.channel], w.customers.purposes[c.purpose])}</span>
                <Badge tone={c.state === "granted" ? "good" : "poor"}>{w.customers.consentStates[c.state]}</Badge>
              </span>
              <span className="block text-sm text-ink-2">{w.customers.sources[c.source] ?? plainWords(c.source)}, <DateTime at={c.at} as="day" /></span>
            </span>
            {mayWrite && (
              <Button look="quiet" size="sm" onClick={() => setWanted({ channel: c.channel, purpose: c.purpose, grant: c.state === "revoked" })}
                      aria-label={`${c.state === "granted" ? w.customers.revoke : w.customers.grant}: ${w.customers.consentFor(w.common.channels[c.channel], w.customers.purposes[c.purpose])}`}>
                {c.state === "granted" ? w.customers.revoke : w.customers.grant}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {maySeeLedger && consent.length > 0 && <Button look="quiet" size="sm" className="mt-1 -ml-2" onClick={() => setLedger(true)}>{w.customers.ledger}</Button>}
      {wanted && <Change customer={customer} wanted={wanted} fixed={consent.some((c) => c.channel === wanted.channel && c.purpose === wanted.purpose)} close={() => setWanted(null)} />}
      {ledger && <Ledger customer={customer} close={() => setLedger(false)} />}
    </Part>
  );
}

function Change({ customer, wanted, fixed, close }: { customer: Customer; wanted: Wanted; fixed: boolean; close: () => void }) {
  const w = useWords();
  const client = useQueryClient();
  const form = useId();
  const key = useRef(freshKey());
  const [to, setTo] = useState(wanted);
  const [reason, setReason] = useState("");
  const [touched, setTouched] = useState(false);
  // What was there stays what it is about; a new one may be any.
  const [isFixed] = useState(fixed);

  const save = useMutation({
    mutationFn: () => (to.grant ? grantConsent : revokeConsent)(
      { customer_id: customer.id, channel: to.channel, purpose: to.purpose, reason: reason.trim() }, { idempotencyKey: key.current }),
    onSuccess: (now) => {
      client.setQueryData<Customer>(keys.customer(customer.id), (was) => was && { ...was, consent: now.consent });
      void client.invalidateQueries({ queryKey: keys.customer(customer.id) });
      toast({ words: to.grant ? w.customers.granted : w.customers.revoked });
      close();
    },
  });

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTouched(true);
    if (reason.trim() && !save.isPending) save.mutate();
  }

  function change(what: Partial<Wanted>): void {
    key.current = freshKey();
    setTo((was) => ({ ...was, ...what }));
  }

  return (
    <Dialog open close={close} title={to.grant ? w.customers.grantTitle : w.customers.revokeTitle}
            about={to.grant ? w.customers.grantAbout : w.customers.revokeAbout} foot={
      <>
        <Button onClick={close}>{w.common.actions.cancel}</Button>
        <Button type="submit" form={form} look={to.grant ? "main" : "danger"} busy={save.isPending}>{to.grant ? w.customers.grant : w.customers.revoke}</Button>
      </>
    }>
      <form id={form} onSubmit={submit} noValidate className="flex flex-col gap-3.5">
        {isFixed ? (
          <p className="font-medium">{w.customers.consentFor(w.common.channels[to.channel], w.customers.purposes[to.purpose])}</p>
        ) : (
          <>
            <Field label={w.customers.consentWhat}>
              {(control) => (
                <Select {...control} value={to.grant ? "granted" : "revoked"} onChange={(e) => change({ grant: e.target.value === "granted" })}>
                  <option value="granted">{w.customers.agreed}</option>
                  <option value="revoked">{w.customers.refused}</option>
                </Select>
              )}
            </Field>
            <div className="grid grid-cols-2 gap-3">
              <Field label={w.conversation.channel}>
                {(control) => (
                  <Select {...control} value={to.channel} onChange={(e) => change({ channel: e.target.value as Channel })}>
                    {channels.filter((c) => (c === "email" ? customer.email : customer.phone)).map((c) => <option key={c} value={c}>{w.common.channels[c]}</option>)}
                  </Select>
                )}
              </Field>
              <Field label={w.customers.purpose}>
                {(control) => (
                  <Select {...control} value={to.purpose} onChange={(e) => change({ purpose: e.target.value as ConsentPurpose })}>
                    {purposes.map((p) => <option key={p} value={p}>{w.customers.purposes[p]}</option>)}
                  </Select>
                )}
              </Field>
            </div>
          </>
        )}
        <Field label={w.customers.reason} hint={w.customers.reasonHint} error={touched && !reason.trim() ? w.customers.reasonNeeded : undefined}>
          {(control) => <TextArea {...control} rows={2} maxLength={500} value={reason} onChange={(e) => { key.current = freshKey(); setReason(e.target.value); }} />}
        </Field>
        <p className="text-sm text-poor empty:hidden" role="alert">{save.error ? explainDeed(save.error) : ""}</p>
      </form>
    </Dialog>
  );
}

/** Every grant and revocation there has been. */
function Ledger({ customer, close }: { customer: Customer; close: () => void }) {
  const w = useWords();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: [...keys.customer(customer.id), "consents"],
    queryFn: () => listConsents({ customer_id: customer.id, page_size: 100 }),
  });
  return (
    <Dialog open wide close={close} title={w.customers.ledger} about={w.customers.ledgerAbout}>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {isPending && <Loading rows={3} />}
      <ol className="flex flex-col gap-3">
        {(data?.consents ?? []).map((c) => (
          <li key={c.id} className="flex items-start gap-2.5">
            <span className="pt-0.5 text-ink-2"><ChannelIcon channel={c.channel} /></span>
            <span className="min-w-0 flex-1">
              <span className="flex flex-wrap items-center gap-x-2">
                <span>{w.customers.consentFor(w.common.channels[c.channel], w.customers.purposes[c.purpose])}</span>
                <Badge tone={c.state === "granted" ? "good" : "poor"}>{w.customers.consentStates[c.state]}</Badge>
                <DateTime at={c.at} as="day" className="ml-auto text-sm text-ink-2" />
              </span>
              <span className="block text-sm text-ink-2 [overflow-wrap:anywhere]">
                {[phoneWords(c.address), w.customers.sources[c.source] ?? plainWords(c.source), reasonOf(c.evidence)].filter(Boolean).join(" · ")}
              </span>
            </span>
          </li>
        ))}
      </ol>
    </Dialog>
  );
}

function reasonOf(evidence: Record<string, unknown>): string | null {
  const said = evidence.reason ?? evidence.text ?? evidence.word;
  return typeof said === "string" ? said : null;
}
