// SPDX-License-Identifier: Apache-2.0
// What is known of a customer: coming appointments, how satisfied they have been, how to reach them,
// what they agreed to.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, type ReactNode } from "react";
import { customerTimeline, listConversations, type ConversationRow, type Customer } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { useBusiness } from "../app/useBusiness";
import { phoneWords } from "../lib/phone";
import { localIn } from "../lib/zone";
import { DateTime, useNow } from "../ui";
import { useWords } from "../words";
import { dayAndTimeIn, shortDate } from "../words/times";
import { Consents } from "./Consents";
import { Twins } from "./Merge";

export function CustomerSide({ customer }: { customer: Customer }) {
  const maySeeTalks = useMay("conversations.read");
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-1 gap-x-8 gap-y-4 px-4 pt-4 pb-2 wide:grid-cols-2 wide:px-6 full:grid-cols-1 full:px-5 full:pb-8">
      <Coming customer={customer} />
      {maySeeTalks && <Trend customer={customer} />}
      <Identities customer={customer} />
      <Twins customer={customer} />
      {customer.consent && <Consents customer={customer} consent={customer.consent} />}
    </div>
  );
}

export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0">
      <div className="mb-1 flex min-h-7 items-center justify-between gap-2">
        <h3 id={id} className="font-semibold">{title}</h3>{aside}
      </div>
      {children}
    </section>
  );
}

function Coming({ customer }: { customer: Customer }) {
  const w = useWords();
  const now = useNow();
  const { zone, serviceName } = useBusiness();
  const { data } = useQuery({
    queryKey: [...keys.customer(customer.id), "coming"],
    queryFn: () => customerTimeline({ customer_id: customer.id, only: "appointment", limit: 30 }),
  });
  const coming = (data?.entries ?? []).flatMap((e) => e.appointment ?? [])
    .filter((a) => a.status === "scheduled" && Date.parse(a.appointment_datetime) > now.getTime()).reverse();
  return (
    <Part title={w.conversation.side.upcoming}>
      {coming.length === 0 && <p className="text-ink-2">{data ? w.customers.noComing : " "}</p>}
      <ul className="flex flex-col gap-1.5">
        {coming.map((a) => (
          <li key={a.id}>
            <Link to="/appointments" search={{ view: "day", day: localIn(zone, a.appointment_datetime).day, open: a.id }} preload={false}
                  className="block rounded-md border border-line bg-panel px-3 py-2 text-ink no-underline hover:bg-ground">
              <time dateTime={a.appointment_datetime} className="block font-medium">{dayAndTimeIn(a.appointment_datetime, zone, now)}</time>
              <span className="block truncate text-sm text-ink-2">
                {a.provider ? w.conversation.side.withProvider(serviceName(a.service_type), a.provider) : serviceName(a.service_type)}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Part>
  );
}

const most = 24;

function Trend({ customer }: { customer: Customer }) {
  const w = useWords().customers;
  const { data } = useQuery({
    queryKey: [...keys.customer(customer.id), "scores"],
    queryFn: () => listConversations({ customer_id: customer.id, page_size: 100 }),
  });
  const scored = (data?.conversations ?? []).filter((c) => c.satisfaction_score !== null).slice(0, most).reverse();
  const scores = scored.map((c) => c.satisfaction_score ?? 0);
  const mean = scores.reduce((a, b) => a + b, 0) / (scores.length || 1);
  const last = scores[scores.length - 1];
  return (
    <Part title={w.trend}>
      {last === undefined && <p className="text-ink-2">{data ? w.noScores : " "}</p>}
      {last !== undefined && (
        <>
          <p className="text-ink-2">{w.trendSaid(last, mean.toLocaleString(undefined, { maximumFractionDigits: 1 }), scores.length)}</p>
          {scores.length > 1 && <Line of={scored} label={w.trendLabel(scores.join(", "))} />}
        </>
      )}
    </Part>
  );
}

const across = 280;
const high = 56;

/** Left is before, right is now; 10 is at the top. */
function Line({ of, label }: { of: readonly ConversationRow[]; label: string }) {
  const w = useWords();
  const points = of.map((c, i) => ({
    row: c, x: 8 + (i * (across - 16)) / (of.length - 1), y: high - 6 - (((c.satisfaction_score ?? 1) - 1) * (high - 12)) / 9,
  }));
  const tone = (score: number): string => (score >= 7 ? "fill-good" : score >= 4 ? "fill-fair" : "fill-poor");
  const [first, last] = [of[0], of[of.length - 1]];
  return (
    <figure className="mt-1">
      <svg viewBox={`0 0 ${across} ${high}`} className="h-14 w-full max-w-80" role="img" aria-label={label}>
        <line x1="0" x2={across} y1={high - 6} y2={high - 6} className="stroke-line" />
        <line x1="0" x2={across} y1="6" y2="6" className="stroke-line" strokeDasharray="2 4" />
        <polyline points={points.map((p) => `${p.x},${p.y}`).join(" ")} className="fill-none stroke-line-strong" strokeWidth="1.5" />
        {points.map((p) => (
          <circle key={p.row.id} cx={p.x} cy={p.y} r="4" className={tone(p.row.satisfaction_score ?? 0)}>
            <title>{`${shortDate(p.row.last_activity_at)}: ${w.common.satisfactionOf(p.row.satisfaction_score ?? 0)}`}</title>
          </circle>
        ))}
      </svg>
      <figcaption className="flex max-w-80 justify-between text-xs text-ink-2" aria-hidden="true">
        <span>{first && shortDate(first.last_activity_at)}</span><span>{last && shortDate(last.last_activity_at)}</span>
      </figcaption>
    </figure>
  );
}

function Identities({ customer }: { customer: Customer }) {
  const w = useWords().customers;
  const addresses = (kind: "phone" | "email"): ReactNode => {
    const all = customer.identities?.filter((i) => i.kind === kind).map((i) => i.address) ?? [customer[kind]].filter((a) => a !== null);
    return all.length > 0 ? all.map((a) => <span key={a} className="block">{phoneWords(a)}</span>) : null;
  };
  const facts: [string, ReactNode][] = [
    [w.phone, addresses("phone")],
    [w.email, addresses("email")],
    [w.zone, customer.zone ?? w.zoneByNumber],
    [w.since, customer.created_at ? <DateTime at={customer.created_at} as="day" /> : null],
  ];
  return (
    <Part title={w.identities}>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1">
        {facts.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-ink-2">{name}</dt>
            <dd className="[overflow-wrap:anywhere]">{value ?? <span className="text-ink-2">{w.notKnown}</span>}</dd>
          </div>
        ))}
      </dl>
      {customer.notes && <p className="mt-2 rounded-md bg-sunk px-3 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]"><span className="sr-only">{w.notes}: </span>{customer.notes}</p>}
    </Part>
  );
}
