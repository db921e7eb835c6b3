// SPDX-License-Identifier: Apache-2.0
// A day and a time: any, with those that are free at hand. When the day has none, the next that are.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { listAvailability, type FreeTime } from "../api";
import { addDays, isDay } from "../lib/zone";
import { cx, Field, Input } from "../ui";
import { explain } from "../ui/states";
import { useWords } from "../words";
import { calendarDay, clockTimeIn } from "../words/times";

export interface At {
  day: string;
  /** HH:MM; "": not chosen yet. */
  clock: string;
}

interface TimePickerProps {
  zone: string;
  service: string;
  provider: string | undefined;
  at: At;
  change: (at: At) => void;
  error?: string | undefined;
}

const near = 13;
const suggestions = 6;

export function TimePicker({ zone, service, provider, at, change, error }: TimePickerProps) {
  const w = useWords().appointments;
  const whom = provider ? { provider } : {};
  const free = useQuery({
    queryKey: ["appointments", "free", service, provider ?? "", at.day],
    queryFn: () => listAvailability({ service, ...whom, date_from: at.day, date_to: at.day, limit: 100 }),
    enabled: Boolean(service) && isDay(at.day),
    placeholderData: keepPreviousData,
  });
  const none = free.data?.slots.length === 0 && !free.isPlaceholderData;
  const next = useQuery({
    queryKey: ["appointments", "free", service, provider ?? "", at.day, "near"],
    queryFn: () => listAvailability({ service, ...whom, date_from: addDays(at.day, 1), date_to: addDays(at.day, near), limit: suggestions }),
    enabled: none,
  });
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-2 gap-3">
        <Field label={w.day}>
          {(control) => <Input {...control} type="date" required value={at.day} onChange={(e) => isDay(e.target.value) && change({ ...at, day: e.target.value })} />}
        </Field>
        <Field label={w.time} error={error}>
          {(control) => <Input {...control} type="time" step={300} required value={at.clock} onChange={(e) => change({ ...at, clock: e.target.value })} />}
        </Field>
      </div>
      {service && (
        <div role="group" aria-label={w.freeTimes}>
          <p className="mb-1 text-sm text-ink-2" role="status">
            {free.error ? explain(free.error) : free.isPending ? w.looking : none ? w.noneFree(free.data?.reason ?? "") : w.freeOn(calendarDay(at.day, at.day))}
          </p>
          <Times zone={zone} slots={free.data && !none ? free.data.slots : next.data?.slots ?? []} at={at} change={change} withDay={none === true} />
          {free.data?.calendar && <p className="mt-1 text-sm text-fair">{w.calendarNotAsked}</p>}
        </div>
      )}
    </div>
  );
}

function Times({ zone, slots, at, change, withDay }: { zone: string; slots: readonly FreeTime[]; at: At; change: (at: At) => void; withDay: boolean }) {
  return (
    <div className="flex max-h-36 flex-wrap gap-1.5 overflow-y-auto p-0.5">
      {slots.map((slot) => {
        const [day = "", clock = ""] = slot.local_start.split("T");
        const chosen = day === at.day && clock === at.clock;
        return (
          <button key={slot.start} type="button" aria-pressed={chosen} onClick={() => change({ day, clock })}
                  title={slot.provider_name ?? undefined}
                  className={cx("min-h-7 rounded-md border px-2 text-sm tabular-nums", chosen ? "border-accent bg-accent text-accent-ink" : "border-line bg-panel hover:bg-sunk")}>
            {withDay && `${calendarDay(day, day, "short")}, `}{clockTimeIn(slot.start, zone)}
          </button>
        );
      })}
    </div>
  );
}
