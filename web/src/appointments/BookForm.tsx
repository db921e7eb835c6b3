// SPDX-License-Identifier: Apache-2.0
// Books an appointment: for whom, what, with whom, when. The server decides; a time outside of the
// hours is booked when the staff say so.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useId, useRef, useState, type FormEvent } from "react";
import { ApiError, createAppointment, showCustomer, type AppointmentDetail } from "../api";
import { keys } from "../app/query";
import type { BusinessFacts } from "../app/useBusiness";
import { freshKey } from "../lib/freshKey";
import { clockOf, minutesOf, momentIn } from "../lib/zone";
import { Button, Dialog, explainDeed, Field, Nothing, Select, TextArea, toast } from "../ui";
import { useWords } from "../words";
import { CustomerPicker, type Picked } from "./CustomerPicker";
import { TimePicker } from "./TimePicker";

export interface BookAt {
  day: string;
  minutes?: number;
  provider?: string;
}

interface BookFormProps {
  facts: BusinessFacts;
  at: BookAt;
  customerId: number | undefined;
  close: () => void;
  done: (made: AppointmentDetail) => void;
}

const overrides = /\s*\(outside_hours overrides it\)/;

export function BookForm({ facts, at, customerId, close, done }: BookFormProps) {
  const w = useWords();
  const client = useQueryClient();
  const form = useId();
  const key = useRef(freshKey());
  const first = facts.services[0]?.key ?? "";
  const [customer, setCustomer] = useState<Picked | null>(null);
  const [service, setService] = useState(first);
  const [provider, setProvider] = useState(at.provider ?? "");
  const [when, setWhen] = useState({ day: at.day, clock: at.minutes === undefined ? "" : clockOf(at.minutes) });
  const [wishes, setWishes] = useState("");
  const [touched, setTouched] = useState(false);

  const given = useQuery({
    queryKey: keys.customer(customerId ?? 0), queryFn: () => showCustomer({ customer_id: customerId ?? 0 }), enabled: customerId !== undefined,
  });
  const who = customer ?? (given.data ? { id: given.data.id, name: given.data.name } : null);

  const book = useMutation({
    mutationFn: (outside: boolean) => createAppointment({
      customer_id: who?.id ?? 0, service, start: momentIn(facts.zone, when.day, minutesOf(when.clock)).toISOString(),
      ...(provider ? { provider } : {}), ...(wishes.trim() ? { special_requests: wishes.trim() } : {}), ...(outside ? { outside_hours: true } : {}),
    }, { idempotencyKey: key.current }),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["appointments"] });
      void client.invalidateQueries({ queryKey: ["customer"] });
      toast({ words: w.appointments.booked(made.customer_name ?? "") });
      done(made);
    },
    onError: () => { key.current = freshKey(); },
  });

  const said = book.error instanceof ApiError ? book.error.problem.errors ?? [] : [];
  const wrong = (field: string): string | undefined => said.find((e) => e.field === field)?.message.replace(overrides, "");
  const mayOverrule = book.error instanceof ApiError && book.error.status === 422 && overrides.test(book.error.message);
  const other = book.error && !said.some((e) => ["customer_id", "service", "provider", "start"].includes(e.field)) ? explainDeed(book.error) : "";
  const offered = facts.providers.filter((p) => !p.services || p.services.includes(service));

  function submit(event: FormEvent): void {
    event.preventDefault();
    setTouched(true);
    if (who && service && when.clock && !book.isPending) book.mutate(false);
  }

  /** A change is another wish: what was said of the one before holds no more. */
  function anew<T>(set: (to: T) => void): (to: T) => void {
    return (to) => {
      key.current = freshKey();
      book.reset();
      set(to);
    };
  }

  if (facts.services.length === 0) {
    return <Dialog open close={close} title={w.appointments.book}><Nothing title={w.appointments.noServices}>{w.appointments.noServicesWhy}</Nothing></Dialog>;
  }
  return (
    <Dialog open close={close} title={w.appointments.book} foot={
      <>
        <Button onClick={close}>{w.common.actions.cancel}</Button>
        {mayOverrule && <Button busy={book.isPending} onClick={() => { key.current = freshKey(); book.mutate(true); }}>{w.appointments.bookAllTheSame}</Button>}
        <Button type="submit" form={form} look="main" busy={book.isPending}>{w.appointments.book}</Button>
      </>
    }>
      <form id={form} onSubmit={submit} noValidate className="flex flex-col gap-3.5">
        <CustomerPicker picked={who} pick={anew(setCustomer)} error={wrong("customer_id") ?? (touched && !who ? w.appointments.customerNeeded : undefined)} />
        <div className="grid grid-cols-1 gap-3 wide:grid-cols-2">
          <Field label={w.appointments.service} error={wrong("service")}>
            {(control) => (
              <Select {...control} value={service} onChange={(e) => anew(setService)(e.target.value)}>
                {facts.services.map((s) => <option key={s.key} value={s.key}>{w.appointments.serviceLong(s.name, s.duration_minutes)}</option>)}
              </Select>
            )}
          </Field>
          {facts.providers.length > 0 && (
            <Field label={w.appointments.provider} error={wrong("provider")}>
              {(control) => (
                <Select {...control} value={offered.some((p) => p.key === provider) ? provider : ""} onChange={(e) => anew(setProvider)(e.target.value)}>
                  <option value="">{w.appointments.whoever}</option>
                  {offered.map((p) => <option key={p.key} value={p.key}>{p.name}</option>)}
                </Select>
              )}
            </Field>
          )}
        </div>
        <TimePicker zone={facts.zone} service={service} provider={offered.some((p) => p.key === provider) ? provider : undefined} at={when} change={anew(setWhen)}
                    error={wrong("start") ?? (touched && !when.clock ? w.appointments.timeNeeded : undefined)} />
        <Field label={w.appointments.wishes}>
          {(control) => <TextArea {...control} rows={2} maxLength={2000} value={wishes} onChange={(e) => anew(setWishes)(e.target.value)} />}
        </Field>
        <p className="text-sm text-poor empty:hidden" role="alert">{other}</p>
      </form>
    </Dialog>
  );
}
