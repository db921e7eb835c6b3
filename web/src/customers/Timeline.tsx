// SPDX-License-Identifier: Apache-2.0
// Everything between a customer and the business, newest first, cut into months; one channel or only
// the appointments when the address says so. Goes on by itself near its end.
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarDays, StickyNote } from "lucide-react";
import { useEffect, useMemo, useRef, type ReactNode } from "react";
import { customerTimeline, type Appointment, type ConversationRow, type Customer, type TimelineEntry, type TimelineOnly } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { useBusiness } from "../app/useBusiness";
import { Score, Status } from "../inbox/Row";
import { knownZone, localIn } from "../lib/zone";
import { Badge, Button, ChannelIcon, cx, Failure, Loading, Nothing, useNow } from "../ui";
import { useWords } from "../words";
import { dayAndTimeIn, fullTime, monthName } from "../words/times";
import { CustomerNoteRow, NoteForm } from "./Notes";
import { parts } from "./search";
import { visitStatus, visitTones } from "./visits";

const pageSize = 40;

interface TimelineProps {
  customer: Customer;
  only: TimelineOnly | undefined;
}

export function CustomerTimeline({ customer, only }: TimelineProps) {
  const w = useWords().customers;
  const query = useInfiniteQuery({
    queryKey: [...keys.timeline(customer.id), only ?? "all"],
    queryFn: ({ pageParam }) => customerTimeline({
      customer_id: customer.id, limit: pageSize, ...(only ? { only } : {}), ...(pageParam ? { cursor: pageParam } : {}),
    }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });
  const entries = useMemo(() => query.data?.pages.flatMap((p) => p.entries) ?? [], [query.data]);
  return (
    <div className="mx-auto max-w-4xl px-4 pt-3 pb-8 wide:px-6">
      <div className="mb-1 flex flex-wrap items-center justify-between gap-x-4 gap-y-1">
        <h3 className="text-lg font-semibold">{w.timeline}</h3>
        <Parts customer={customer} only={only} />
      </div>
      {customer.erased_at === null && <NoteForm customer={customer.id} />}
      {query.error && !query.data && <Failure error={query.error} retry={() => void query.refetch()} />}
      {query.isPending && <Loading rows={5} />}
      {query.data && entries.length === 0 && <Nothing title={only ? w.noneOfPart : w.nothingYet}>{only ? null : w.nothingYetWhy}</Nothing>}
      <Months entries={entries} customer={customer.id} />
      {query.hasNextPage && <More busy={query.isFetchingNextPage} failed={query.isFetchNextPageError} more={() => void query.fetchNextPage()} />}
    </div>
  );
}

const chip = "inline-flex min-h-7 items-center rounded-full px-2.5 text-sm font-medium whitespace-nowrap no-underline select-none";

function Parts({ customer, only }: TimelineProps) {
  const w = useWords();
  return (
    <nav aria-label={w.customers.parts} className="-mx-1 flex flex-wrap gap-x-0.5 gap-y-1">
      {[undefined, ...parts].map((part) => (
        <Link key={part ?? "all"} to="/customers/$customerId" params={{ customerId: String(customer.id) }}
              search={(was) => ({ ...was, only: part }) as object} replace preload={false} activeProps={{}}
              aria-current={only === part ? "page" : undefined}
              className={cx(chip, only === part ? "bg-accent-soft text-accent-text" : "text-ink-2 hover:bg-sunk hover:text-ink")}>
          {part === undefined ? w.customers.everything : part === "appointment" ? w.customers.appointments : part === "note" ? w.customers.notes : w.common.channels[part]}
        </Link>
      ))}
    </nav>
  );
}

/** Asks for more as it comes into view; the button is for when that has failed, and for keys. */
function More({ busy, failed, more }: { busy: boolean; failed: boolean; more: () => void }) {
  const { actions } = useWords().common;
  const mark = useRef<HTMLDivElement>(null);
  const ask = useRef(more);
  useEffect(() => {
    ask.current = more;
  });
  useEffect(() => {
    const el = mark.current;
    if (!el || busy || failed) return undefined;
    const watcher = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && ask.current(), { rootMargin: "400px" });
    watcher.observe(el);
    return () => watcher.disconnect();
  }, [busy, failed]);
  return <div ref={mark} className="flex justify-center pt-4"><Button busy={busy} onClick={more}>{failed ? actions.tryAgain : actions.loadMore}</Button></div>;
}

function Months({ entries, customer }: { entries: readonly TimelineEntry[]; customer: number }) {
  const { zone } = useBusiness();
  const months: { name: string; at: string; entries: TimelineEntry[] }[] = [];
  for (const entry of entries) {
    const name = localIn(zone, entry.at).day.slice(0, 7);
    const last = months[months.length - 1];
    if (last?.name === name) last.entries.push(entry);
    else months.push({ name, at: entry.at, entries: [entry] });
  }
  return months.map((month) => (
    <section key={month.name} aria-label={monthName(month.at, zone)}>
      <h4 className="mt-4 mb-1.5 text-sm font-medium text-ink-2">{monthName(month.at, zone)}</h4>
      <ol className="overflow-hidden rounded-lg border border-line bg-panel">
        {month.entries.map((entry) => (
          <li key={`${entry.kind} ${entry.conversation?.id ?? entry.appointment?.id ?? entry.note?.id}`} className="border-b border-line last:border-b-0">
            {entry.conversation && <Talk row={entry.conversation} />}
            {entry.appointment && <Visit of={entry.appointment} />}
            {entry.note && <CustomerNoteRow note={entry.note} customer={customer} icon={<StickyNote className="size-4.5" strokeWidth={1.75} aria-hidden="true" />} />}
          </li>
        ))}
      </ol>
    </section>
  ));
}

const rowClass = "flex gap-3 px-4 py-2.5 text-ink no-underline hover:bg-ground focus-visible:-outline-offset-2";

function Entry({ icon, title, time, about, foot }: {
  icon: ReactNode; title: ReactNode; time: ReactNode; about?: string | null | undefined; foot: ReactNode;
}) {
  return (
    <>
      <span className="pt-0.5 text-ink-2">{icon}</span>
      <span className="min-w-0 flex-1">
        <span className="flex flex-col wide:flex-row wide:items-baseline wide:gap-3">
          <span className="min-w-0 truncate font-medium wide:flex-1">{title}</span>
          <span className="shrink-0 text-sm text-ink-2 tabular-nums">{time}</span>
        </span>
        {about && <span className="line-clamp-2 text-ink-2 [overflow-wrap:anywhere]">{about}</span>}
        <span className="mt-0.5 flex flex-wrap items-center gap-x-3 gap-y-0.5 text-sm text-ink-2">{foot}</span>
      </span>
    </>
  );
}

function Talk({ row }: { row: ConversationRow }) {
  const w = useWords();
  const now = useNow();
  const mayRead = useMay("conversations.read");
  const subject = row.subject?.trim();
  const inside = (
    <Entry icon={<ChannelIcon channel={row.channel} className="size-4.5" />}
           title={<><span className={subject ? "sr-only" : undefined}>{w.common.channel[row.channel]}{subject ? ": " : ""}</span>{subject}</>}
           time={<time dateTime={row.last_activity_at} title={fullTime(row.last_activity_at)}>{dayAndTimeIn(row.last_activity_at, knownZone(null), now)}</time>} about={row.ai_summary?.trim() || row.preview?.trim()}
           foot={<>
             <Status status={row.status} />
             {row.outcome && <span>{w.common.outcome[row.outcome]}</span>}
             <Score score={row.satisfaction_score} className="ml-auto" />
           </>} />
  );
  return mayRead
    ? <Link to="/inbox/$conversationId" params={{ conversationId: row.id }} preload={false} className={rowClass}>{inside}</Link>
    : <div className={rowClass}>{inside}</div>;
}

function Visit({ of }: { of: Appointment }) {
  const w = useWords();
  const { zone, serviceName } = useBusiness();
  const now = useNow();
  const mayRead = useMay("appointments.read");
  const service = serviceName(of.service_type);
  const inside = (
    <Entry icon={<CalendarDays className="size-4.5" strokeWidth={1.75} aria-hidden="true" />}
           title={<span className={cx(of.status === "cancelled" && "line-through decoration-line-strong")}>
             <span className="sr-only">{w.customers.appointment}: </span>{of.provider ? w.conversation.side.withProvider(service, of.provider) : service}
           </span>}
           time={<time dateTime={of.appointment_datetime}>{dayAndTimeIn(of.appointment_datetime, zone, now)}</time>}
           about={of.status === "cancelled" ? of.cancellation_reason : of.special_requests}
           foot={<>
             <Badge tone={visitTones[of.status ?? ""] ?? "plain"}>{visitStatus(of)}</Badge>
             {of.booked_by && <span>{w.customers.bookedBy(of.booked_by)}</span>}
           </>} />
  );
  return mayRead
    ? <Link to="/appointments" search={{ view: "day", day: localIn(zone, of.appointment_datetime).day, open: of.id }} preload={false} className={rowClass}>{inside}</Link>
    : <div className={rowClass}>{inside}</div>;
}
