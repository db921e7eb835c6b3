// SPDX-License-Identifier: Apache-2.0
// The calendar's grid: a column a day or a provider, time downwards. Appointments are moved by
// dragging them with a mouse or pen, or by keyboard (M, arrows, Enter); on a touch screen, where
// dragging scrolls, by their dialog.
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { useActions } from "../app/actions";
import { useMay } from "../app/session";
import type { BusinessFacts } from "../app/useBusiness";
import { localIn, momentIn } from "../lib/zone";
import { cx, useNow } from "../ui";
import { useWords } from "../words";
import { calendarDay, clockTimeIn, hourName } from "../words/times";
import type { Place } from "./Appointments";
import { BlockButton } from "./BlockButton";
import type { BookAt } from "./BookForm";
import { isComing, shades, shownSpan, stepMinutes, type Block, type Column, type Span } from "./plan";
import type { Move } from "./useDeeds";

/** Height of a minute. */
export const minutePx = 1.3;

interface CalendarProps {
  facts: BusinessFacts;
  place: Place;
  columns: readonly Column[];
  open: (id: number) => void;
  move: (move: Move) => Promise<boolean>;
  bookAt: ((at: BookAt) => void) | undefined;
}

/** An appointment on its way: where it would be now. */
interface Moving {
  block: Block;
  column: number;
  from: number;
  byKey: boolean;
}

/** A press that is a click until it has gone some way. */
interface Press {
  block: Block;
  x: number;
  y: number;
  /** From the block's top to where it is held, in minutes. */
  grip: number;
}

const dragPx = 5;
const toStep = (minutes: number): number => Math.round(minutes / stepMinutes) * stepMinutes;

export function Calendar({ facts, place, columns, open, move, bookAt }: CalendarProps) {
  const w = useWords().appointments;
  const mayWrite = useMay("appointments.write");
  const span = shownSpan(columns);
  const body = useRef<HTMLDivElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const press = useRef<Press | null>(null);
  const dragged = useRef(false);
  const [moving, setMoving] = useState<Moving | null>(null);
  const { zone } = facts;

  useStart(scroller, columns, span, place, zone);

  const said = moving ? w.movingTo(whereWords(moving)) : "";

  function whereWords(m: Moving): string {
    const column = columns[m.column];
    if (!column) return "";
    const at = clockTimeIn(momentIn(zone, column.day, m.from), zone);
    const where = place.view === "day" && column.provider ? column.provider.name : calendarDay(column.day, place.today);
    return `${where}, ${at}`;
  }

  function clamp(m: Moving): Moving {
    const long = m.block.to - m.block.from;
    return {
      ...m, column: Math.min(Math.max(m.column, 0), columns.length - 1),
      from: Math.min(Math.max(m.from, 0), 24 * 60 - Math.min(long, 24 * 60)),
    };
  }

  function drop(m: Moving): void {
    setMoving(null);
    const column = columns[m.column];
    if (!column) return;
    const provider = place.view === "day" ? column.provider?.key ?? m.block.of.provider_key : m.block.of.provider_key;
    const start = momentIn(zone, column.day, m.from);
    if (start.getTime() === Date.parse(m.block.of.appointment_datetime) && provider === m.block.of.provider_key) return;
    void move({ of: m.block.of, start, provider: provider ?? undefined });
  }

  function begin(block: Block): void {
    if (!mayWrite || !isComing(block.of)) return;
    const column = columns.findIndex((c) => c.blocks.some((b) => b.of.id === block.of.id));
    setMoving({ block, column, from: block.from, byKey: true });
  }

  /** Where the pointer is, in columns and minutes; measured anew, as the page may have been scrolled. */
  function placeOf(event: PointerEvent | globalThis.PointerEvent): { column: number; minutes: number } | null {
    const box = body.current?.getBoundingClientRect();
    if (!box) return null;
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns.length);
    return { column, minutes: span.from + (event.clientY - box.top) / minutePx };
  }

  function pressed(block: Block, event: PointerEvent): void {
    dragged.current = false;
    if (!mayWrite || !isComing(block.of) || event.button !== 0 || event.pointerType === "touch") return;
    const at = placeOf(event);
    if (!at) return;
    press.current = { block, x: event.clientX, y: event.clientY, grip: at.minutes - block.from };
    event.currentTarget.setPointerCapture(event.pointerId);
  }

  function pulled(event: PointerEvent): void {
    const held = press.current;
    const at = held && placeOf(event);
    if (!held || !at) return;
    if (!dragged.current && Math.hypot(event.clientX - held.x, event.clientY - held.y) < dragPx) return;
    dragged.current = true;
    setMoving(clamp({ block: held.block, column: at.column, from: toStep(at.minutes - held.grip), byKey: false }));
  }

  function released(event: PointerEvent): void {
    const held = press.current;
    press.current = null;
    if (!held || !dragged.current || !moving) return;
    event.preventDefault();
    drop(moving);
  }

  function clicked(block: Block): void {
    if (dragged.current) dragged.current = false;
    else open(block.of.id);
  }

  function keyMoves(event: KeyboardEvent): boolean {
    if (!moving?.byKey) return false;
    const steps: Record<string, [number, number]> = { ArrowUp: [0, -stepMinutes], ArrowDown: [0, stepMinutes], ArrowLeft: [-1, 0], ArrowRight: [1, 0], PageUp: [0, -60], PageDown: [0, 60] };
    const step = steps[event.key];
    if (step) setMoving(clamp({ ...moving, column: moving.column + step[0], from: moving.from + step[1] }));
    else if (event.key === "Enter" || event.key === " ") drop(moving);
    else if (event.key === "Escape") setMoving(null);
    else return false;
    return true;
  }

  function keyWalks(event: KeyboardEvent, block: Block): boolean {
    const at = columns.findIndex((c) => c.blocks.includes(block));
    const here = columns[at];
    if (!here) return false;
    const place_ = here.blocks.indexOf(block);
    let to: Block | undefined;
    if (event.key === "ArrowDown") to = here.blocks[place_ + 1];
    else if (event.key === "ArrowUp") to = here.blocks[place_ - 1];
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      const by = event.key === "ArrowRight" ? 1 : -1;
      const beside = (by > 0 ? columns.slice(at + 1) : columns.slice(0, at).reverse()).find((c) => c.blocks.length > 0);
      to = beside?.blocks.reduce((best, b) => (Math.abs(b.from - block.from) < Math.abs(best.from - block.from) ? b : best));
    } else return false;
    if (to) body.current?.querySelector<HTMLElement>(`[data-appointment="${to.of.id}"]`)?.focus();
    return true;
  }

  function keyed(event: KeyboardEvent, block: Block): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!keyMoves(event) && !keyWalks(event, block)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  function focused(): Block | undefined {
    const id = Number((document.activeElement as HTMLElement | null)?.dataset.appointment);
    return columns.flatMap((c) => c.blocks).find((b) => b.of.id === id);
  }

  useActions(mayWrite ? [{
    id: "move appointment", name: w.moveByKey, group: w.title, keys: "m", keysOnly: true,
    run: () => { const block = focused(); if (block) begin(block); },
  }] : []);

  const hours = Array.from({ length: (span.to - span.from) / 60 }, (_, i) => span.from / 60 + i);
  const high = (span.to - span.from) * minutePx;
  const lanes = Math.max(...columns.flatMap((c) => c.blocks.map((b) => b.lanes)), 1);
  const least = columns.length > 1 ? `${3.5 + columns.length * Math.max(place.view === "day" ? 8 : 7, lanes * 2.5)}rem` : "0";

  return (
    <div ref={scroller} className="min-h-0 flex-1 overflow-auto overscroll-contain focus-visible:-outline-offset-2" tabIndex={0} role="group" aria-label={w.calendar}>
      <p className="sr-only" role="status">{said}</p>
      {moving?.byKey && <p className="fixed bottom-6 left-1/2 z-30 -translate-x-1/2 rounded-lg bg-ink px-4 py-2 text-ground shadow-pop">{w.moveHint(whereWords(moving))}</p>}
      <div style={{ minWidth: least }}>
        <div className="sticky top-0 z-20 flex border-b border-line bg-panel">
          <div className="w-14 shrink-0" />
          {columns.map((c) => <ColumnHead key={c.key} column={c} place={place} />)}
        </div>
        <div className="flex">
          <div className="sticky left-0 z-10 w-14 shrink-0 bg-panel" style={{ height: high }} aria-hidden="true">
            {hours.map((h, i) => (
              <span key={h} className={cx("absolute right-2 text-xs text-ink-2 tabular-nums", i > 0 && "-translate-y-1/2")} style={{ top: i * 60 * minutePx }}>{hourName(h)}</span>
            ))}
          </div>
          <div ref={body} className="relative flex min-w-0 flex-1" style={{ height: high }}>
            {hours.map((h, i) => i > 0 && <div key={h} className="pointer-events-none absolute inset-x-0 z-[1] border-t border-line" style={{ top: i * 60 * minutePx }} />)}
            {columns.map((c, i) => (
              <ColumnBody key={c.key} column={c} span={span} place={place} zone={zone} bookAt={bookAt}
                          ghost={moving?.column === i ? <Ghost moving={moving} span={span} words={whereWords(moving)} /> : null}>
                {c.blocks.map((b) => (
                  <li key={b.of.id}>
                    <BlockButton block={b} facts={facts} span={span} moving={moving?.block.of.id === b.of.id} withProvider={place.view === "week" && !place.search.provider}
                                 movable={mayWrite && isComing(b.of)} click={() => clicked(b)}
                                 press={(e) => pressed(b, e)} pull={pulled} release={released}
                                 keyed={(e) => keyed(e, b)} blur={() => setMoving((m) => (m?.byKey ? null : m))} />
                  </li>
                ))}
              </ColumnBody>
            ))}
          </div>
        </div>
      </div>
    </div>
  );
}

/** At first: now, when today is shown, else where the work begins. */
function useStart(scroller: React.RefObject<HTMLDivElement | null>, columns: readonly Column[], span: Span, place: Place, zone: string): void {
  const done = useRef(false);
  useLayoutEffect(() => {
    if (done.current || !scroller.current) return;
    done.current = true;
    const opens = Math.min(...columns.flatMap((c) => c.open.map((o) => o.from)), 24 * 60);
    const isToday = columns.some((c) => c.day === place.today);
    const at = isToday ? localIn(zone, new Date()).minutes - 90 : opens - 15;
    scroller.current.scrollTop = Math.max(0, (at - span.from) * minutePx);
  });
}

function ColumnHead({ column, place }: { column: Column; place: Place }) {
  const w = useWords().appointments;
  const isToday = column.day === place.today;
  const inner = place.view === "day"
    ? <span className="block truncate font-semibold">{column.provider?.name ?? w.nobody}</span>
    : <span className={cx("block truncate font-semibold", isToday && "text-accent-text")}>{calendarDay(column.day, place.today, "short")}</span>;
  return (
    <div className="min-w-0 flex-1 border-l border-line px-2 py-1.5 text-center">
      {place.view === "day" ? inner : (
        <button type="button" className="max-w-full rounded-sm hover:underline" onClick={() => place.go({ view: "day", day: column.day })}
                aria-current={isToday ? "date" : undefined}>{inner}</button>
      )}
      <span className="block truncate text-xs text-ink-2">
        {column.closed !== null ? w.closedFor(column.closed) : column.open.length === 0 ? w.closed : place.view === "day" ? column.provider?.title ?? "" : w.count(column.blocks.length)}
      </span>
    </div>
  );
}

const hatched = "bg-[repeating-linear-gradient(135deg,var(--line)_0_1px,transparent_1px_8px)]";

function ColumnBody({ column, span, place, zone, bookAt, ghost, children }: {
  column: Column; span: Span; place: Place; zone: string;
  bookAt: ((at: BookAt) => void) | undefined; ghost: ReactNode; children: ReactNode;
}) {
  const w = useWords().appointments;
  const at = (s: Span): CSSProperties => ({ top: (s.from - span.from) * minutePx, height: (s.to - s.from) * minutePx });
  const name = place.view === "day" ? column.provider?.name ?? w.nobody : calendarDay(column.day, place.today);

  function book(event: React.MouseEvent<HTMLElement>): void {
    if (!bookAt || event.target instanceof Element && event.target.closest("button")) return;
    const box = event.currentTarget.getBoundingClientRect();
    const minutes = span.from + Math.floor((event.clientY - box.top) / minutePx / stepMinutes) * stepMinutes;
    bookAt({ day: column.day, minutes, ...(column.provider ? { provider: column.provider.key } : {}) });
  }

  return (
    <section aria-label={name} className={cx("relative min-w-0 flex-1 overflow-clip border-l border-line", bookAt && "cursor-cell")} onClick={book}>
      {shades(column.open, span).map((s) => (
        <div key={s.from} className={cx("absolute inset-x-0 bg-sunk/70", column.closed !== null && hatched)} style={at(s)} aria-hidden="true" />
      ))}
      <ol className="contents">{children}</ol>
      {ghost}
      {column.day === place.today && <NowLine span={span} zone={zone} />}
    </section>
  );
}

function NowLine({ span, zone }: { span: Span; zone: string }) {
  const { minutes } = localIn(zone, useNow());
  if (minutes < span.from || minutes > span.to) return null;
  return (
    <div className="pointer-events-none absolute inset-x-0 z-[8] border-t-2 border-poor" style={{ top: (minutes - span.from) * minutePx }} aria-hidden="true">
      <span className="absolute -top-[5px] -left-1 size-2 rounded-full bg-poor" />
    </div>
  );
}

function Ghost({ moving, span, words: said }: { moving: Moving; span: Span; words: string }) {
  const { block, from } = moving;
  const el = useRef<HTMLDivElement>(null);
  useEffect(() => {
    el.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [moving]);
  return (
    <div ref={el} className="pointer-events-none absolute inset-x-1 z-[9] scroll-my-12 overflow-hidden rounded-md border-2 border-dashed border-accent bg-accent-soft/90 px-1.5 text-sm font-medium text-accent-text"
         style={{ top: (from - span.from) * minutePx, height: (block.to - block.from) * minutePx }} aria-hidden="true">
      {said}
    </div>
  );
}
