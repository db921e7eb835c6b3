// SPDX-License-Identifier: Apache-2.0
// Beside the thread: the customer in short. How to reach them, what must be known before one answers,
// coming appointments, how satisfied they have been, and what was before.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { CalendarDays, X } from "lucide-react";
import type { ReactNode } from "react";
import { customerTimeline, showCustomer, type Appointment, type ConversationRow, type CustomerBrief, type TimelineEntry } from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { useBusiness } from "../app/useBusiness";
import { Score } from "../inbox/Row";
import { phoneWords } from "../lib/phone";
import { Avatar, Badge, ChannelIcon, cx, DateTime, Failure, IconButton, Loading, Shape, useNow } from "../ui";
import { useWords } from "../words";
import { mailAddress, plainWords } from "../words/people";
import { dayAndTimeIn, shortDate } from "../words/times";

const entriesRead = 40;
const entriesShown = 8;

/** It lies over the thread. */
const over = window.matchMedia("not all and (min-width: 75rem)");

interface SideProps {
  customer: CustomerBrief | null;
  /** The conversation that is open is not "before". */
  except: string;
  close: () => void;
}

export function Side({ customer, except, close }: SideProps) {
  const w = useWords();
  useActions([{ id: "side", name: w.conversation.side.hide, group: w.conversation.keys.group, ...(over.matches ? { keys: "Escape" } : {}), run: close }]);
  return (
    <aside aria-label={w.conversation.side.label}
           className="side absolute inset-y-0 right-0 z-10 flex w-80 max-w-full shrink-0 flex-col overflow-y-auto border-l border-line bg-panel shadow-pop full:static full:shadow-none">
      <div className="absolute top-2 right-2"><IconButton size="sm" label={w.conversation.side.hide} icon={<X className="size-4" />} onClick={close} /></div>
      {customer ? <Known brief={customer} except={except} /> : <p className="p-5 pr-12 text-ink-2">{w.conversation.side.unknown}</p>}
    </aside>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="border-t border-line px-5 py-3.5">
      <h3 className="mb-1.5 text-sm font-semibold text-ink-2">{title}</h3>
      {children}
    </section>
  );
}

function Known({ brief, except }: { brief: CustomerBrief; except: string }) {
  const w = useWords();
  const s = w.conversation.side;
  const { data: customer } = useQuery({
    queryKey: keys.customer(brief.id),
    queryFn: () => showCustomer({ customer_id: brief.id }),
  });
  const timeline = useQuery({
    queryKey: [...keys.timeline(brief.id), "brief"],
    queryFn: () => customerTimeline({ customer_id: brief.id, limit: entriesRead }),
  });
  const refused = customer?.consent?.filter((c) => c.state === "revoked" && c.purpose === "all") ?? [];
  return (
    <>
      <div className="flex items-center gap-3 px-5 pt-4 pr-12 pb-3">
        <Avatar name={brief.name} size="lg" />
        <p className="min-w-0 text-lg font-semibold [overflow-wrap:anywhere]">{brief.phone === brief.name ? phoneWords(brief.name) : brief.name}</p>
      </div>
      <dl className="flex flex-col gap-1 px-5 pb-3.5">
        {brief.phone && <Reach name={s.phone}><a href={`tel:${brief.phone}`} className="text-accent-text hover:underline">{phoneWords(brief.phone)}</a></Reach>}
        {brief.email && <Reach name={s.email}><a href={`mailto:${mailAddress(brief.email)}`} className="text-accent-text hover:underline [overflow-wrap:anywhere]">{brief.email}</a></Reach>}
      </dl>
      {customer && (
        <ul className="flex flex-wrap gap-1.5 px-5 pb-3.5 empty:hidden">
          {customer.is_new_client && <li><Badge tone="accent">{s.newCustomer}</Badge></li>}
          {customer.has_allergies && <li><Badge tone="poor">{s.allergies}</Badge></li>}
          {customer.is_pregnant && <li><Badge tone="poor">{s.pregnant}</Badge></li>}
          {refused.map((c) => <li key={c.channel}><Badge tone="fair">{s.consentRevoked(w.common.channel[c.channel])}</Badge></li>)}
        </ul>
      )}
      {customer?.notes && <Part title={s.notes}><p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{customer.notes}</p></Part>}
      {timeline.isPending && <Loading><Shape className="mx-5 my-3 h-16" /><Shape className="mx-5 my-3 h-32" /></Loading>}
      {timeline.error && <Failure error={timeline.error} retry={() => void timeline.refetch()} />}
      {timeline.data && <History entries={timeline.data.entries} except={except} />}
    </>
  );
}

function Reach({ name, children }: { name: string; children: ReactNode }) {
  return <div><dt className="sr-only">{name}</dt><dd>{children}</dd></div>;
}

function History({ entries, except }: { entries: readonly TimelineEntry[]; except: string }) {
  const s = useWords().conversation.side;
  const now = useNow();
  const coming = entries.flatMap((e) => (e.appointment && Date.parse(e.appointment.appointment_datetime) >= now.getTime()
    && (e.appointment.status === "scheduled" || e.appointment.status === "rescheduled") ? [e.appointment] : [])).reverse();
  const past = entries.filter((e) => e.conversation?.id !== except && !(e.appointment && coming.includes(e.appointment)));
  const scores = entries.flatMap((e) => (e.conversation && e.conversation.satisfaction_score !== null
    ? [{ at: e.at, score: e.conversation.satisfaction_score }] : [])).reverse();
  return (
    <>
      <Part title={s.upcoming}>
        {coming.length === 0 ? <p className="text-ink-2">{s.noUpcoming}</p> : (
          <ul className="flex flex-col gap-2">{coming.map((a) => <li key={a.id}><Coming of={a} /></li>)}</ul>
        )}
      </Part>
      {scores.length > 1 && <Part title={s.trend}><Trend scores={scores} /></Part>}
      <Part title={s.timeline}>
        {past.length === 0 ? <p className="text-ink-2">{s.noTimeline}</p> : (
          <ul className="-mx-2 flex flex-col">
            {past.slice(0, entriesShown).map((e) => (
              <li key={`${e.kind} ${e.conversation?.id ?? e.appointment?.id}`}>
                {e.conversation ? <Before row={e.conversation} /> : e.appointment && <Was of={e.appointment} />}
              </li>
            ))}
          </ul>
        )}
      </Part>
    </>
  );
}

function useService(): (a: Appointment) => string {
  const s = useWords().conversation.side;
  return (a) => (a.provider ? s.withProvider(plainWords(a.service_type), a.provider) : plainWords(a.service_type));
}

function Coming({ of }: { of: Appointment }) {
  const now = useNow();
  const service = useService();
  const { zone, loading } = useBusiness(); // they come at the business's time, wherever this is read
  return (
    <div className="flex items-start gap-2.5">
      <CalendarDays className="mt-0.5 size-4 shrink-0 text-accent-text" aria-hidden="true" />
      <div className="min-w-0">
        <p className="font-medium"><time dateTime={of.appointment_datetime}>{loading ? "…" : dayAndTimeIn(of.appointment_datetime, zone, now)}</time></p>
        <p className="text-ink-2 [overflow-wrap:anywhere]">{service(of)}</p>
      </div>
    </div>
  );
}

const entryClass = "flex items-start gap-2.5 rounded-md px-2 py-1.5";

function Before({ row }: { row: ConversationRow }) {
  const w = useWords();
  const filter = useSearch({ from: "/inbox" });
  return (
    <Link to="/inbox/$conversationId" params={{ conversationId: row.id }} search={filter} className={cx(entryClass, "text-ink no-underline hover:bg-sunk")}>
      <ChannelIcon channel={row.channel} className="mt-0.5 size-4 shrink-0 text-ink-2" />
      <span className="min-w-0 flex-1">
        <span className="block truncate">{row.subject?.trim() || row.ai_summary?.trim() || row.preview?.trim() || w.common.channel[row.channel]}</span>
        <span className="flex gap-2 text-sm text-ink-2"><DateTime at={row.last_activity_at} as="age" />{row.outcome && w.common.outcome[row.outcome]}</span>
      </span>
      <Score score={row.satisfaction_score} className="text-sm" />
    </Link>
  );
}

function Was({ of }: { of: Appointment }) {
  const w = useWords().conversation;
  const service = useService();
  return (
    <div className={entryClass}>
      <CalendarDays className="mt-0.5 size-4 shrink-0 text-ink-2" aria-hidden="true" />
      <span className="min-w-0 flex-1">
        <span className="block truncate">{service(of)}</span>
        <span className="flex gap-2 text-sm text-ink-2">
          <time dateTime={of.appointment_datetime}>{shortDate(of.appointment_datetime)}</time>
          {of.status && (w.appointmentStatuses[of.status] ?? of.status)}
        </span>
      </span>
    </div>
  );
}

/** A bar a conversation, the oldest first; said in words too. */
function Trend({ scores }: { scores: readonly { at: string; score: number }[] }) {
  const w = useWords().common;
  return (
    <ol className="flex h-10 items-end gap-1">
      {scores.slice(-16).map(({ at, score }, i) => (
        <li key={i} title={`${shortDate(at)}: ${w.satisfactionOf(score)}`} style={{ height: `${score * 10}%` }}
            className={cx("w-3 rounded-t-sm", score >= 7 ? "bg-good" : score >= 4 ? "bg-fair" : "bg-poor")}>
          <span className="sr-only">{shortDate(at)}: {w.satisfactionOf(score)}</span>
        </li>
      ))}
    </ol>
  );
}
