// SPDX-License-Identifier: Apache-2.0
// One appointment: what is known of it, and what can be done to it.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarX, Check, Download, Move as MoveIcon, UserX } from "lucide-react";
import { useState, type FormEvent, type ReactNode } from "react";
import { ApiError, showAppointment, type AppointmentDetail } from "../api";
import { useMay } from "../app/session";
import type { BusinessFacts } from "../app/useBusiness";
import { visitStatus, visitTones } from "../customers/visits";
import { clockOf, localIn, momentIn } from "../lib/zone";
import { Badge, Button, buttonClass, DateTime, Dialog, Failure, Field, Loading, Nothing, Select, Shape, TextArea, useNow } from "../ui";
import { useWords } from "../words";
import { clockTimeIn, dayAndTimeIn } from "../words/times";
import { isComing } from "./plan";
import { TimePicker } from "./TimePicker";
import type { Deeds } from "./useDeeds";

interface AppointmentDialogProps {
  id: number;
  facts: BusinessFacts;
  deeds: Deeds;
  close: () => void;
}

type Doing = "nothing" | "moving" | "cancelling";

export function AppointmentDialog({ id, facts, deeds, close }: AppointmentDialogProps) {
  const w = useWords();
  const { data, error, isPending, refetch } = useQuery({ queryKey: ["appointments", "one", id], queryFn: () => showAppointment({ appointment_id: id }) });
  const missing = error instanceof ApiError && error.status === 404;
  const title = data ? data.customer_name || w.common.customer : w.appointments.one;
  return (
    <Dialog open={deeds.asks === null} close={close} title={title} about={data && facts.serviceName(data.service_type)}>
      {missing && <Nothing title={w.appointments.missing} />}
      {error && !missing && !data && <Failure error={error} retry={() => void refetch()} />}
      {isPending && <Loading><Shape className="h-40" /></Loading>}
      {data && <Shown of={data} facts={facts} deeds={deeds} close={close} />}
    </Dialog>
  );
}

function Shown({ of, facts, deeds, close }: { of: AppointmentDetail; facts: BusinessFacts; deeds: Deeds; close: () => void }) {
  const w = useWords();
  const now = useNow();
  const mayWrite = useMay("appointments.write");
  const maySeeTalks = useMay("conversations.read");
  const maySeeCustomers = useMay("customers.read");
  const [doing, setDoing] = useState<Doing>("nothing");
  const [busy, setBusy] = useState(false);
  const { zone } = facts;
  const coming = isComing(of);
  const begun = Date.parse(of.appointment_datetime) <= now.getTime();

  async function act(deed: Promise<unknown>): Promise<void> {
    setBusy(true);
    await deed;
    setBusy(false);
    setDoing("nothing");
  }

  const facts_: [string, ReactNode][] = [
    [w.appointments.time, <>{dayAndTimeIn(of.appointment_datetime, zone, now)} – {clockTimeIn(of.ends_at, zone)}</>],
    [w.appointments.provider, of.provider],
    [w.appointments.status, <Badge key="s" tone={visitTones[of.status ?? ""] ?? "plain"}>{visitStatus(of)}</Badge>],
    [w.appointments.reason, of.status === "cancelled" ? of.cancellation_reason : null],
    [w.appointments.wishes, of.special_requests],
    [w.appointments.made, of.booked_by && <>{w.customers.bookedBy(of.booked_by)}{of.created_at && <>, <DateTime at={of.created_at} as="day" /></>}</>],
  ];

  return (
    <div className="flex flex-col gap-4">
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1.5">
        {facts_.filter(([, value]) => value).map(([name, value]) => (
          <div key={name} className="contents"><dt className="text-ink-2">{name}</dt><dd className="[overflow-wrap:anywhere]">{value}</dd></div>
        ))}
      </dl>
      <p className="flex flex-wrap gap-x-4 gap-y-1">
        {maySeeCustomers && <Link to="/customers/$customerId" params={{ customerId: String(of.customer_id) }} className="text-accent-text hover:underline">{w.appointments.toCustomer}</Link>}
        {of.conversation_id && maySeeTalks && <Link to="/inbox/$conversationId" params={{ conversationId: of.conversation_id }} className="text-accent-text hover:underline">{w.appointments.toConversation}</Link>}
      </p>
      {doing === "moving" && <MoveForm of={of} facts={facts} busy={busy} back={() => setDoing("nothing")}
                                       move={(start, provider) => void act(deeds.move({ of, start, provider }))} />}
      {doing === "cancelling" && <CancelForm busy={busy} back={() => setDoing("nothing")}
                                             cancel={(reason) => void act(deeds.cancel(of, reason)).then(close)} />}
      {doing === "nothing" && (
        <div className="flex flex-wrap gap-2 border-t border-line pt-4">
          {mayWrite && coming && begun && (
            <>
              <Button look="main" busy={busy} onClick={() => void act(deeds.close(of, "completed"))}><Check className="size-4" />{w.appointments.wasKept}</Button>
              <Button busy={busy} onClick={() => void act(deeds.close(of, "no_show"))}><UserX className="size-4" />{w.appointments.didNotCome}</Button>
            </>
          )}
          {mayWrite && coming && <Button onClick={() => setDoing("moving")}><MoveIcon className="size-4" />{w.appointments.move}</Button>}
          {mayWrite && coming && <Button look="danger" onClick={() => setDoing("cancelling")}><CalendarX className="size-4" />{w.appointments.cancel}</Button>}
          <a href={`/api/appointments/${of.id}/calendar.ics`} download className={buttonClass("quiet")}><Download className="size-4" />{w.appointments.file}</a>
        </div>
      )}
    </div>
  );
}

function MoveForm({ of, facts, busy, back, move }: {
  of: AppointmentDetail; facts: BusinessFacts; busy: boolean; back: () => void; move: (start: Date, provider: string | undefined) => void;
}) {
  const w = useWords();
  const local = localIn(facts.zone, of.appointment_datetime);
  const [provider, setProvider] = useState(of.provider_key ?? "");
  const [at, setAt] = useState({ day: local.day, clock: clockOf(local.minutes) });
  const [hours = 0, minutes = 0] = at.clock.split(":").map(Number);

  function submit(event: FormEvent): void {
    event.preventDefault();
    if (!busy) move(momentIn(facts.zone, at.day, hours * 60 + minutes), provider || undefined);
  }

  return (
    <form onSubmit={submit} className="flex flex-col gap-3 border-t border-line pt-4" aria-label={w.appointments.move}>
      {facts.providers.length > 1 && (
        <Field label={w.appointments.provider}>
          {(control) => (
            <Select {...control} value={provider} onChange={(e) => setProvider(e.target.value)}>
              {!of.provider_key && <option value="">{w.appointments.whoever}</option>}
              {facts.providers.filter((p) => !p.services || p.services.includes(of.service_type)).map((p) => <option key={p.key} value={p.key}>{p.name}</option>)}
            </Select>
          )}
        </Field>
      )}
      <TimePicker zone={facts.zone} service={of.service_type} provider={provider || undefined} at={at} change={setAt} />
      <div className="flex justify-end gap-2">
        <Button onClick={back}>{w.common.actions.back}</Button>
        <Button type="submit" look="main" busy={busy}>{w.appointments.move}</Button>
      </div>
    </form>
  );
}

function CancelForm({ busy, back, cancel }: { busy: boolean; back: () => void; cancel: (reason: string) => void }) {
  const w = useWords();
  const [reason, setReason] = useState("");
  return (
    <form onSubmit={(e) => { e.preventDefault(); if (!busy) cancel(reason); }} className="flex flex-col gap-3 border-t border-line pt-4" aria-label={w.appointments.cancel}>
      <Field label={w.appointments.whyCancelled} hint={w.appointments.whyHint}>
        {(control) => <TextArea {...control} autoFocus rows={2} maxLength={2000} value={reason} onChange={(e) => setReason(e.target.value)} />}
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={back}>{w.common.actions.back}</Button>
        <Button type="submit" look="danger" busy={busy}>{w.appointments.cancel}</Button>
      </div>
    </form>
  );
}
