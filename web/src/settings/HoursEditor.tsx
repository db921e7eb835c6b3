// SPDX-License-Identifier: Apache-2.0
// A week of hours: a row a day, as many spans in it as there are.
import { CopyPlus, Plus, X } from "lucide-react";
import { useId } from "react";
import type { HoursSpan } from "../api";
import { Button, IconButton, Input } from "../ui";
import { useWords } from "../words";
import { weekdayName } from "../words/times";

const days = [1, 2, 3, 4, 5, 6, 7];

/** 24:00 is midnight for the server, and 00:00 for a browser's field. */
const shown = (time: string): string => (time === "24:00" ? "00:00" : time);

/** What follows on the last span of a day; the usual hours on an empty one. */
function nextSpan(weekday: number, spans: readonly HoursSpan[]): HoursSpan {
  const last = spans.at(-1)?.closes ?? "";
  const hour = Number(last.slice(0, 2)) + 1;
  return last > "00:00" && hour < 22
    ? { weekday, opens: `${String(hour).padStart(2, "0")}:00`, closes: `${String(Math.min(hour + 4, 23)).padStart(2, "0")}:00` }
    : { weekday, opens: "09:00", closes: "17:00" };
}

/** The first fault of a week, in words; undefined: there is none. */
export function hoursFault(hours: readonly HoursSpan[], w: { missing: (day: string) => string; overlap: (day: string) => string }): string | undefined {
  for (const day of days) {
    const spans = hours.filter((h) => h.weekday === day);
    if (spans.some((h) => !h.opens || !h.closes)) return w.missing(weekdayName(day, "long"));
    const sorted = spans.toSorted((a, b) => a.opens.localeCompare(b.opens));
    const crosses = sorted.some((h, i) => {
      const before = sorted[i - 1];
      return before && (before.closes <= before.opens || h.opens < before.closes);
    });
    if (crosses) return w.overlap(weekdayName(day, "long"));
  }
  return undefined;
}

interface HoursEditorProps {
  hours: readonly HoursSpan[];
  change: (hours: HoursSpan[]) => void;
  may: boolean;
  /** Said of a day without hours. */
  closed: string;
  error: string | undefined;
}

export function HoursEditor({ hours, change, may, closed, error }: HoursEditorProps) {
  const w = useWords().settings.hours;
  const id = useId();
  const of = (day: number) => hours.filter((h) => h.weekday === day);
  const setDay = (day: number, spans: readonly HoursSpan[]): void =>
    change(days.flatMap((d) => (d === day ? spans.map((h) => ({ ...h, weekday: day })) : of(d))));
  return (
    <div>
      <ul className="divide-y divide-line" aria-describedby={error ? id : undefined}>
        {days.map((day) => {
          const spans = of(day);
          const name = weekdayName(day, "long");
          const before = of(day - 1);
          return (
            <li key={day} className="grid grid-cols-[1fr_auto] items-start gap-x-4 gap-y-1 py-2 first:pt-0 last:pb-0 wide:grid-cols-[7rem_1fr_auto]">
              <p className="leading-9 font-medium">{name}</p>
              <div className="flex min-w-0 flex-col gap-1.5 max-wide:order-1 max-wide:col-span-2">
                {spans.length === 0 && <p className="leading-9 text-ink-2 max-wide:-mt-2">{closed}</p>}
                {spans.map((span, i) => (
                  <Span key={i} day={name} span={span} may={may} wrong={error !== undefined}
                        change={(to) => setDay(day, spans.map((h, k) => (k === i ? to : h)))}
                        remove={() => setDay(day, spans.filter((_, k) => k !== i))} />
                ))}
              </div>
              {may && (
                <div className="flex justify-end">
                  {day > 1 && JSON.stringify(before.map(({ opens, closes }) => [opens, closes])) !== JSON.stringify(spans.map(({ opens, closes }) => [opens, closes])) && (
                    <IconButton label={w.asBefore(name)} icon={<CopyPlus className="size-4" />} onClick={() => setDay(day, before)} />
                  )}
                  <IconButton label={w.add(name)} icon={<Plus className="size-4" />} onClick={() => setDay(day, [...spans, nextSpan(day, spans)])} />
                </div>
              )}
            </li>
          );
        })}
      </ul>
      {error && <p id={id} className="pt-2 text-sm text-poor" role="alert">{error}</p>}
    </div>
  );
}

interface SpanProps {
  day: string;
  span: HoursSpan;
  may: boolean;
  wrong: boolean;
  change: (to: HoursSpan) => void;
  remove: () => void;
}

function Span({ day, span, may, wrong, change, remove }: SpanProps) {
  const w = useWords().settings.hours;
  const field = (which: "opens" | "closes") => (
    <Input type="time" className="min-w-0 flex-1 wide:w-32! wide:flex-none" disabled={!may} required value={shown(span[which])}
           aria-label={which === "opens" ? w.opens(day) : w.closes(day)} aria-invalid={wrong && !span[which] ? true : undefined}
           onChange={(e) => change({ ...span, [which]: e.target.value })} />
  );
  return (
    <div className="flex items-center gap-1.5">
      {field("opens")}
      <span aria-hidden="true" className="text-ink-2">–</span>
      {field("closes")}
      {may && <IconButton size="sm" label={w.remove(day)} icon={<X className="size-4" />} onClick={remove} />}
      {span.closes !== "" && span.closes <= span.opens && <span className="text-sm text-ink-2">{w.nextDay}</span>}
    </div>
  );
}

/** A whole week at a stroke, where nothing is there yet. */
export function UsualWeek({ set }: { set: (hours: HoursSpan[]) => void }) {
  const w = useWords().settings.hours;
  return (
    <Button onClick={() => set([1, 2, 3, 4, 5].map((weekday) => ({ weekday, opens: "09:00", closes: "17:00" })))}>{w.usual}</Button>
  );
}
