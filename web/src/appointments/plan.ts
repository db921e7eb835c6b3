// SPDX-License-Identifier: Apache-2.0
// Lays a calendar out: which columns there are, when somebody works in them, what is in conflict, and
// which appointments stand beside each other. Pure; draws nothing.
import type { Appointment, Business, Closure, HoursSpan, Provider } from "../api";
import { addDays, localIn, minutesOf, weekdayOf } from "../lib/zone";

export const dayMinutes = 1440;
/** Appointments are moved by steps of this. */
export const stepMinutes = 15;
const otherwiseMinutes = 60;

/** A part of a day, in minutes since midnight there. */
export interface Span {
  from: number;
  to: number;
}

/** An appointment where the calendar draws it. */
export interface Block extends Span {
  of: Appointment;
  day: string;
  /** Kept free after it. */
  buffer: number;
  conflict: boolean;
  /** Its place among those beside it, and how many they are. */
  lane: number;
  lanes: number;
}

export interface Column {
  key: string;
  day: string;
  /** The provider whose column it is; undefined: everybody's, or nobody's. */
  provider: Provider | undefined;
  /** When somebody works. */
  open: readonly Span[];
  /** Why nobody does, the whole day; null: no closure. */
  closed: string | null;
  blocks: readonly Block[];
}

export interface Plan {
  zone: string;
  business: Business;
  providers: readonly Provider[];
  appointments: readonly Appointment[];
}

export const isComing = (a: { status: string | null }): boolean => a.status === "scheduled";
export const minutesLong = (a: { duration_minutes: number | null }): number => a.duration_minutes ?? otherwiseMinutes;

/** Whose an appointment is: by key, else by name, as other programs write it. */
export function providerOf(a: { provider: string | null; provider_key: string | null }, providers: readonly Provider[]): Provider | undefined {
  return a.provider_key ? providers.find((p) => p.key === a.provider_key) : providers.find((p) => p.name === a.provider);
}

/** Hours of a weekday; what goes past midnight is cut there and goes on the next morning. */
function spansOf(hours: readonly HoursSpan[], weekday: number): Span[] {
  const spans: Span[] = [];
  for (const span of hours) {
    const from = minutesOf(span.opens);
    const to = minutesOf(span.closes);
    const overnight = to <= from;
    if (span.weekday === weekday) spans.push({ from, to: overnight ? dayMinutes : to });
    if (overnight && to > 0 && (span.weekday % 7) + 1 === weekday) spans.push({ from: 0, to });
  }
  return spans.sort((a, b) => a.from - b.from);
}

const covers = (closure: Closure, day: string): boolean => closure.from <= day && day <= closure.to;

function both(a: readonly Span[], b: readonly Span[]): Span[] {
  return a.flatMap((x) => b.map((y) => ({ from: Math.max(x.from, y.from), to: Math.min(x.to, y.to) }))).filter((s) => s.from < s.to);
}

/** All parts of which one of the spans has it. */
function either(spans: readonly Span[]): Span[] {
  const joined: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const last = joined[joined.length - 1];
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else joined.push({ ...span });
  }
  return joined;
}

/** When the business, or one provider, works on a day; `why`: the reason of a closure. */
export function worksOn(business: Business, providers: readonly Provider[], provider: Provider | undefined, day: string): { open: Span[]; why: string | null } {
  const away = business.closures.filter((c) => covers(c, day));
  const all = away.find((c) => c.provider === null);
  if (all) return { open: [], why: all.reason ?? "" };
  const opens = spansOf(business.hours, weekdayOf(day));
  if (provider) {
    const own = away.find((c) => c.provider === provider.key);
    if (own) return { open: [], why: own.reason ?? "" };
    return { open: provider.hours.length ? both(opens, spansOf(provider.hours, weekdayOf(day))) : opens, why: null };
  }
  if (providers.length === 0) return { open: opens, why: null };
  return { open: either(providers.flatMap((p) => worksOn(business, providers, p, day).open)), why: null };
}

/** The parts of what is shown of a day in which nobody works. */
export function shades(open: readonly Span[], shown: Span): Span[] {
  const closed: Span[] = [];
  let at = shown.from;
  for (const span of open) {
    if (span.from > at) closed.push({ from: at, to: Math.min(span.from, shown.to) });
    at = Math.max(at, span.to);
  }
  if (at < shown.to) closed.push({ from: at, to: shown.to });
  return closed.filter((s) => s.from < s.to);
}

/** Ids of those that want one person at one time. */
export function conflictsOf(appointments: readonly Appointment[]): ReadonlySet<number> {
  const found = new Set<number>();
  const of = new Map<string, Appointment[]>();
  for (const a of appointments) {
    const whose = a.provider ?? a.provider_key;
    if (isComing(a) && whose) of.set(whose, [...(of.get(whose) ?? []), a]);
  }
  for (const list of of.values()) {
    list.sort((a, b) => Date.parse(a.appointment_datetime) - Date.parse(b.appointment_datetime));
    list.forEach((a, i) => {
      const ends = Date.parse(a.appointment_datetime) + minutesLong(a) * 60_000;
      for (const b of list.slice(i + 1)) {
        if (Date.parse(b.appointment_datetime) >= ends) break;
        found.add(a.id);
        found.add(b.id);
      }
    });
  }
  return found;
}

/** Puts what overlaps side by side. */
function inLanes(blocks: Block[]): Block[] {
  blocks.sort((a, b) => a.from - b.from || b.to - a.to || a.of.id - b.of.id);
  let group: Block[] = [];
  let until = -1;
  const close = (): void => {
    const lanes = Math.max(0, ...group.map((b) => b.lane)) + 1;
    for (const b of group) b.lanes = lanes;
    group = [];
  };
  for (const block of blocks) {
    if (block.from >= until) close();
    const taken = new Set(group.filter((b) => b.to > block.from).map((b) => b.lane));
    while (taken.has(block.lane)) block.lane++;
    group.push(block);
    until = Math.max(until, block.to);
  }
  close();
  return blocks;
}

function blocksOf(plan: Plan, day: string, conflicts: ReadonlySet<number>, ours: (a: Appointment) => boolean): Block[] {
  const blocks: Block[] = [];
  for (const of of plan.appointments) {
    const local = localIn(plan.zone, of.appointment_datetime);
    if (local.day !== day || !ours(of)) continue;
    const to = Math.min(local.minutes + minutesLong(of), dayMinutes);
    blocks.push({ of, day, from: local.minutes, to, buffer: isComing(of) ? of.buffer_minutes : 0, conflict: conflicts.has(of.id), lane: 0, lanes: 1 });
  }
  return inLanes(blocks);
}

/** A column a provider, of one day; and one for what is nobody's, where there is such. */
export function dayColumns(plan: Plan, day: string, only: string | undefined): Column[] {
  const conflicts = conflictsOf(plan.appointments);
  const columns: Column[] = plan.providers.filter((p) => !only || p.key === only).map((provider) => {
    const { open, why } = worksOn(plan.business, plan.providers, provider, day);
    return { key: provider.key, day, provider, open, closed: why, blocks: blocksOf(plan, day, conflicts, (a) => providerOf(a, plan.providers) === provider) };
  });
  const others = only ? [] : blocksOf(plan, day, conflicts, (a) => !providerOf(a, plan.providers));
  if (others.length || columns.length === 0) {
    const { open, why } = worksOn(plan.business, plan.providers, undefined, day);
    columns.push({ key: "", day, provider: undefined, open, closed: why, blocks: others });
  }
  return columns;
}

/** A column a day, of one week. */
export function weekColumns(plan: Plan, monday: string, only: string | undefined): Column[] {
  const conflicts = conflictsOf(plan.appointments);
  const provider = plan.providers.find((p) => p.key === only);
  return Array.from({ length: 7 }, (_, i) => {
    const day = addDays(monday, i);
    const { open, why } = worksOn(plan.business, plan.providers, provider, day);
    const ours = (a: Appointment): boolean => !only || providerOf(a, plan.providers)?.key === only;
    return { key: day, day, provider, open, closed: why, blocks: blocksOf(plan, day, conflicts, ours) };
  });
}

/** From which full hour to which the calendar is drawn: what somebody works, and what lies outside of it. */
export function shownSpan(columns: readonly Column[]): Span {
  const spans: readonly Span[] = columns.flatMap((c) => [...c.open, ...c.blocks]);
  const from = Math.min(9 * 60, ...spans.map((s) => s.from));
  const to = Math.max(17 * 60, ...spans.map((s) => s.to));
  return { from: Math.floor(from / 60) * 60, to: Math.min(Math.ceil(to / 60) * 60, dayMinutes) };
}
