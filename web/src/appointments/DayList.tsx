// SPDX-License-Identifier: Apache-2.0
// A week's appointments as a list, also those that were cancelled.
import { CalendarDays } from "lucide-react";
import type { Appointment } from "../api";
import type { BusinessFacts } from "../app/useBusiness";
import { visitStatus, visitTones } from "../customers/visits";
import { addDays, localIn } from "../lib/zone";
import { Badge, cx, Nothing } from "../ui";
import { useWords } from "../words";
import { calendarDay, clockTimeIn } from "../words/times";
import type { Place } from "./Appointments";
import { conflictsOf, minutesLong, providerOf } from "./plan";

interface DayListProps {
  facts: BusinessFacts;
  place: Place;
  appointments: readonly Appointment[];
  first: string;
  open: (id: number) => void;
}

export function DayList({ facts, place, appointments, first, open }: DayListProps) {
  const w = useWords().appointments;
  const { provider } = place.search;
  const shown = appointments.filter((a) => !provider || providerOf(a, facts.providers)?.key === provider);
  const conflicts = conflictsOf(shown);
  if (shown.length === 0) return <div className="flex flex-1"><Nothing icon={<CalendarDays />} title={w.noneInWeek}>{w.noneInWeekWhy}</Nothing></div>;
  return (
    <div className="min-h-0 flex-1 overflow-y-auto bg-ground">
      <div className="mx-auto max-w-4xl px-4 pb-8 wide:px-6">
        {Array.from({ length: 7 }, (_, i) => addDays(first, i)).map((day) => {
          const of = shown.filter((a) => localIn(facts.zone, a.appointment_datetime).day === day);
          return of.length === 0 ? null : (
            <section key={day} aria-label={calendarDay(day, place.today)}>
              <h3 className={cx("mt-4 mb-1.5 text-sm font-medium", day === place.today ? "text-accent-text" : "text-ink-2")}>{calendarDay(day, place.today)}</h3>
              <ol className="overflow-hidden rounded-lg border border-line bg-panel">
                {of.map((a) => <li key={a.id} className="border-b border-line last:border-b-0"><Row of={a} facts={facts} conflict={conflicts.has(a.id)} open={open} /></li>)}
              </ol>
            </section>
          );
        })}
      </div>
    </div>
  );
}

function Row({ of, facts, conflict, open }: { of: Appointment; facts: BusinessFacts; conflict: boolean; open: (id: number) => void }) {
  const w = useWords();
  const over = of.status === "cancelled" || of.status === "rescheduled";
  return (
    <button type="button" onClick={() => open(of.id)} data-appointment={of.id}
            className="flex w-full items-center gap-x-4 gap-y-0.5 px-4 py-2.5 text-left hover:bg-ground focus-visible:-outline-offset-2 max-wide:flex-wrap">
      <span className="w-32 shrink-0 tabular-nums">
        <time dateTime={of.appointment_datetime} className={cx("font-medium", over && "text-ink-2 line-through")}>{clockTimeIn(of.appointment_datetime, facts.zone)}</time>
        <span className="text-sm text-ink-2"> · {w.common.times.minutes(minutesLong(of))}</span>
      </span>
      <span className="min-w-0 flex-1 max-wide:order-last max-wide:basis-full">
        <span className="block truncate font-semibold">{of.customer_name || w.common.customer}</span>
        <span className="block truncate text-sm text-ink-2">
          {of.provider ? w.conversation.side.withProvider(facts.serviceName(of.service_type), of.provider) : facts.serviceName(of.service_type)}
        </span>
      </span>
      <span className="ml-auto flex gap-1.5">
        {conflict && <Badge tone="poor">{w.appointments.conflict}</Badge>}
        <Badge tone={visitTones[of.status ?? ""] ?? "plain"}>{visitStatus(of)}</Badge>
      </span>
    </button>
  );
}
