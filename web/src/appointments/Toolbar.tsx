// SPDX-License-Identifier: Apache-2.0
// Above the calendar: which days, how, whose.
import { CalendarPlus, ChevronLeft, ChevronRight } from "lucide-react";
import type { BusinessFacts } from "../app/useBusiness";
import { addDays, isDay, weekOf } from "../lib/zone";
import { Button, cx, IconButton, Input, Select, Tip } from "../ui";
import { useWords } from "../words";
import { calendarDay, calendarSpan } from "../words/times";
import type { Place } from "./Appointments";
import { views } from "./search";

export function Toolbar({ facts, place, book }: { facts: BusinessFacts; place: Place; book: (() => void) | undefined }) {
  const w = useWords().appointments;
  const { view, day, today, go, step } = place;
  const monday = weekOf(day);
  const readers = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-b border-line px-4 py-2.5">
      <div className="flex items-center gap-0.5">
        <IconButton label={view === "day" ? w.previousDay : w.previousWeek} keys="k" icon={<ChevronLeft className="size-5" />} onClick={() => step(-1)} />
        <Tip words={w.today} keys="t"><Button onClick={() => go({ day: undefined })} aria-current={day === today ? "date" : undefined}>{w.today}</Button></Tip>
        <IconButton label={view === "day" ? w.nextDay : w.nextWeek} keys="j" icon={<ChevronRight className="size-5" />} onClick={() => step(1)} />
      </div>
      <h2 className="min-w-0 text-lg font-semibold max-wide:order-2 max-wide:w-full" aria-live="polite">
        {view === "day" ? calendarDay(day, today) : calendarSpan(monday, addDays(monday, 6))}
        {facts.zone !== readers && <span className="block text-sm font-normal text-ink-2 wide:hidden">{w.zone(facts.zone.replaceAll("_", " "))}</span>}
      </h2>
      <Input type="date" aria-label={w.goToDay} value={day} className="w-36! max-wide:hidden"
             onChange={(e) => isDay(e.target.value) && go({ day: e.target.value })} />
      <div className="flex min-w-0 items-center gap-2 max-wide:order-3 max-wide:w-full max-wide:justify-between wide:ml-auto">
        {facts.zone !== readers && <p className="text-sm text-ink-2 max-wide:hidden">{w.zone(facts.zone.replaceAll("_", " "))}</p>}
        {facts.providers.length > 1 && (
          <Select aria-label={w.provider} value={place.search.provider ?? ""} className="w-44! max-wide:w-auto! max-wide:flex-1" onChange={(e) => go({ provider: e.target.value || undefined })}>
            <option value="">{w.everybody}</option>
            {facts.providers.map((p) => <option key={p.key} value={p.key}>{p.name}</option>)}
          </Select>
        )}
        <div role="group" aria-label={w.view} className="flex rounded-md border border-line p-0.5">
          {views.map((v) => (
            <button key={v} type="button" aria-pressed={v === view} onClick={() => go({ view: v })}
                    className={cx("min-h-7.5 rounded-[5px] px-2.5 text-sm font-medium", v === view ? "bg-accent-soft text-accent-text" : "text-ink-2 hover:bg-sunk hover:text-ink")}>
              {w.views[v]}
            </button>
          ))}
        </div>
      </div>
      {book && (
        <Tip words={w.book} keys="n">
          <Button look="main" onClick={book} className="max-wide:order-1 max-wide:ml-auto"><CalendarPlus className="size-4" />{w.book}</Button>
        </Tip>
      )}
    </header>
  );
}
