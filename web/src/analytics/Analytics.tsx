// SPDX-License-Identifier: Apache-2.0
// What came of it all, in a span of days and beside the span before. Every figure leads to the
// conversations behind it.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { RefreshCw } from "lucide-react";
import { useEffect, useState, type ReactNode } from "react";
import type { Analytics, AnalyticsRow, Channel } from "../api";
import { showBusiness } from "../api";
import { keys } from "../app/query";
import { channels } from "../inbox/search";
import { Button, ChannelIcon, cx, DateTime, Input, Shape, Table, type Column } from "../ui";
import { useWords } from "../words";
import { count } from "../words/times";
import { Bars, type Bar } from "./Bars";
import { Card, useReport, type Span } from "./Card";
import { Change } from "./Change";
import { channelColour, Columns } from "./Columns";
import { decimal, money, share, shortDay, todayIn, waited } from "./days";
import { answerers, behind, daysOfReport, rowOf, stages } from "./figures";
import { Hours } from "./Hours";
import { addDays, daysOf, isDay, lengths, mostDays, type AnalyticsSearch } from "./search";

const usualDays = 30;

/** Today is the business's, wherever the reader is. */
function useSpan(search: AnalyticsSearch): Span | undefined {
  const given = search.from && search.until ? { from: search.from, until: search.until } : undefined;
  const { data, error } = useQuery({ queryKey: keys.business("facts"), queryFn: () => showBusiness(), enabled: !given });
  if (given) return given;
  const zone = (data?.facts as { time_zone?: unknown } | undefined)?.time_zone;
  if (!data && !error) return undefined;
  const until = todayIn(typeof zone === "string" && zone ? zone : Intl.DateTimeFormat().resolvedOptions().timeZone);
  return { from: addDays(until, 1 - (search.days ?? usualDays)), until };
}

export function AnalyticsPage() {
  const w = useWords().analytics;
  const search = useSearch({ from: "/analytics" });
  const span = useSpan(search);
  useEffect(() => {
    document.title = `${w.title} · Ava`;
  }, [w]);
  const volume = useReport("volume", span);
  const satisfaction = useReport("satisfaction", span);
  const funnel = useReport("funnel", span);
  const response = useReport("response", span);
  const hours = useReport("hours", span);
  const escalations = useReport("escalations", span);
  const cost = useReport("cost", span);
  return (
    <main id="content" className="flex min-h-0 flex-1 flex-col">
      <Head search={search} span={span} of={volume.data} />
      <div className="min-h-0 flex-1 overflow-y-auto bg-ground px-4 py-4 wide:px-6">
        <div className="mx-auto grid max-w-360 grid-cols-1 gap-4 full:grid-cols-2">
          <Tiles volume={volume.data} satisfaction={satisfaction.data} funnel={funnel.data} response={response.data} escalations={escalations.data} />
          <Card title={w.volume} about={w.volumeAbout} report="volume" query={volume} className="full:col-span-2"
                empty={(of) => !rowOf(of, {})?.n}>
            {(of) => <><Columns label={w.volume} days={daysOfReport(of)} say={w.conversations} /><Legend of={of} /></>}
          </Card>
          <Card title={w.funnel} about={w.funnelAbout} report="funnel" query={funnel} empty={(of) => !rowOf(of, { stage: "contact" })?.n}>
            {(of) => <Funnel of={of} />}
          </Card>
          <Card title={w.satisfaction} about={w.satisfactionAbout} report="satisfaction" query={satisfaction} empty={(of) => !rowOf(of, {})?.n}>
            {(of) => <Satisfaction of={of} />}
          </Card>
          <Card title={w.response} about={w.responseAbout} report="response" query={response} empty={(of) => !of.rows.some((r) => r.n > 0)}>
            {(of) => <Response of={of} />}
          </Card>
          <Card title={w.escalations} about={w.escalationsAbout} report="escalations" query={escalations} empty={(of) => !rowOf(of, { measure: "escalations" })?.n}>
            {(of) => <Escalations of={of} />}
          </Card>
          <Card title={w.cost} about={w.costAbout} report="cost" query={cost} className="full:col-span-2"
                empty={(of) => !rowOf(of, { measure: "cost" })?.n}>
            {(of) => <Cost of={of} />}
          </Card>
          <Card title={w.hours} about={volume.data ? w.hoursAbout(volume.data.zone) : ""} report="hours" query={hours} className="full:col-span-2"
                empty={(of) => !of.rows.some((r) => r.n > 0)}>
            {(of) => <Hours of={of} />}
          </Card>
        </div>
      </div>
    </main>
  );
}

function Head({ search, span, of }: { search: AnalyticsSearch; span: Span | undefined; of: Analytics | undefined }) {
  const w = useWords().analytics;
  const go = useNavigate();
  const client = useQueryClient();
  const custom = search.from !== undefined;
  const days = custom ? undefined : search.days ?? usualDays;
  return (
    <header className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-2 border-b border-line bg-panel px-4 py-3 wide:px-6">
      <h1 className="text-xl font-semibold">{w.title}</h1>
      <div role="group" aria-label={w.span} className="flex flex-wrap items-center gap-1">
        {lengths.map((n) => (
          <Link key={n} to="/analytics" search={{ days: n }} preload={false} aria-current={n === days ? "true" : undefined} activeProps={{}}
                className={cx("inline-flex min-h-8 items-center rounded-full px-3 text-sm font-medium no-underline",
                              n === days ? "bg-accent-soft text-accent-text" : "text-ink-2 hover:bg-sunk hover:text-ink")}>{w.lastDays(n)}</Link>
        ))}
        {span && <Ends key={`${span.from} ${span.until}`} span={span} set={(to) => void go({ to: "/analytics", search: { ...to } })} />}
      </div>
      {of && (
        <p className="hidden items-center gap-1 text-sm text-ink-2 wide:ml-auto wide:flex">
          <span>{w.compared(shortDay(of.before_from), shortDay(addDays(of.from, -1)))} · {w.asOf} <DateTime at={of.as_of} /></span>
          <Button look="quiet" size="sm" onClick={() => void client.invalidateQueries({ queryKey: ["analytics"] })}>
            <RefreshCw className="size-3.5" />{w.refresh}
          </Button>
        </p>
      )}
      {of && !of.complete && <p className="w-full text-sm text-fair" role="status">{w.incomplete}</p>}
    </header>
  );
}

/** Taken over when both days are whole and in order. */
function Ends({ span, set }: { span: Span; set: (to: Span) => void }) {
  const w = useWords().analytics;
  const [ends, setEnds] = useState(span);
  const good = (e: Span): boolean => isDay(e.from) && isDay(e.until) && e.from <= e.until && daysOf(e.from, e.until) <= mostDays;
  function change(to: Partial<Span>): void {
    const next = { ...ends, ...to };
    setEnds(next);
    if (good(next)) set(next);
  }
  return (
    <span className="flex items-center gap-1.5">
      <Input type="date" aria-label={w.from} value={ends.from} max={ends.until} aria-invalid={!good(ends) || undefined}
             className="h-8 min-h-8! w-36!" onChange={(e) => change({ from: e.target.value })} />
      <span aria-hidden="true" className="text-ink-2">–</span>
      <Input type="date" aria-label={w.until} value={ends.until} min={ends.from} aria-invalid={!good(ends) || undefined}
             className="h-8 min-h-8! w-36!" onChange={(e) => change({ until: e.target.value })} />
    </span>
  );
}

interface TilesProps {
  volume: Analytics | undefined;
  satisfaction: Analytics | undefined;
  funnel: Analytics | undefined;
  response: Analytics | undefined;
  escalations: Analytics | undefined;
}

function Tiles({ volume, satisfaction, funnel, response, escalations }: TilesProps) {
  const w = useWords().analytics;
  const contact = rowOf(funnel, { stage: "contact" });
  const booked = rowOf(funnel, { stage: "booked" });
  const rate = (part: number | null | undefined, of: number | null | undefined): number | null => (of ? (100 * (part ?? 0)) / of : null);
  const percent = (n: number): string => share(n, 100);
  return (
    <ul aria-label={w.inBrief} className="grid grid-cols-2 gap-3 wide:grid-cols-3 full:col-span-2 full:grid-cols-5">
      <Tile name={w.tiles.conversations} row={rowOf(volume, {})} say={count} />
      <Tile name={w.tiles.booked} row={booked} value={rate(booked?.value, contact?.value)} before={rate(booked?.before, contact?.before)} say={percent} better="up" />
      <Tile name={w.tiles.satisfaction} row={rowOf(satisfaction, {})} say={decimal} better="up" note="/10" />
      <Tile name={w.tiles.response} row={rowOf(response, { measure: "first_response_median" })} say={waited} better="down" />
      <Tile name={w.tiles.escalations} row={rowOf(escalations, { measure: "escalation_share" })} say={percent} better="down" />
    </ul>
  );
}

interface TileProps {
  name: string;
  row: AnalyticsRow | undefined;
  /** Where the figure is made from the row's and another. */
  value?: number | null;
  before?: number | null;
  say: (n: number) => string;
  note?: string;
  better?: "up" | "down";
}

function Tile({ name, row, say, note, better, ...own }: TileProps) {
  const w = useWords().analytics;
  if (!row) return <li><Shape className="h-24" /></li>;
  const value = own.value !== undefined ? own.value : row.value;
  const before = own.before !== undefined ? own.before : row.before;
  return (
    <li className="first:col-span-2 wide:first:col-span-1">
      <Link to="/inbox" search={behind(row)} preload={false}
            className="flex h-full flex-col rounded-xl border border-line bg-panel px-4 py-3 text-ink no-underline shadow-card hover:border-line-strong">
        <span className="text-sm text-ink-2">{name}</span>
        <span className="my-0.5 text-2xl font-semibold tabular-nums">
          {value === null ? <span className="text-ink-2">{w.none}</span> : say(value)}
          {note && value !== null && <span className="text-base font-normal text-ink-2">{note}</span>}
        </span>
        <Change value={value} before={before} say={say} {...(better ? { better } : {})} className="mt-auto" />
      </Link>
    </li>
  );
}

function Legend({ of }: { of: Analytics }) {
  const w = useWords();
  const rows = channels.flatMap((c) => rowOf(of, { channel: c }) ?? []).filter((r) => r.n > 0 || (r.before ?? 0) > 0);
  return (
    <ul className="mt-3 flex flex-wrap gap-x-5 gap-y-1" aria-label={w.analytics.byChannel}>
      {rows.map((row) => (
        <li key={row.channel}>
          <Link to="/inbox" search={behind(row)} preload={false} className="-mx-1.5 inline-flex min-h-7 items-center gap-2 rounded-md px-1.5 text-ink no-underline hover:bg-sunk">
            <span className={cx("size-2.5 rounded-[2px]", channelColour[row.channel!])} />
            {w.common.channels[row.channel!]}<span className="font-semibold tabular-nums">{count(row.n)}</span>
            <Change value={row.value} before={row.before} say={count} />
          </Link>
        </li>
      ))}
    </ul>
  );
}

const ofChannel = (channel: Channel, words: string): ReactNode => (
  <><ChannelIcon channel={channel} className="size-4 shrink-0 text-ink-2" /><span className="truncate">{words}</span></>
);

function Funnel({ of }: { of: Analytics }) {
  const w = useWords().analytics;
  const rows = stages.flatMap((stage) => rowOf(of, { stage }) ?? []);
  const all = rows[0]?.n ?? 0;
  const bars: Bar[] = rows.map((row) => ({
    row, name: w.stages[row.stage as (typeof stages)[number]], part: all ? row.n / all : 0, value: count(row.n),
    note: <span className="text-sm text-ink-2 tabular-nums">{share(row.n, all)}</span>,
  }));
  return (
    <>
      <Bars label={w.funnel} bars={bars} />
      <p className="mt-auto flex items-center gap-1.5 border-t border-line pt-3 text-sm text-ink-2">{w.bookedBefore} <Change value={rows[3]?.value ?? null} before={rows[3]?.before ?? null} say={count} better="up" /></p>
    </>
  );
}

function Satisfaction({ of }: { of: Analytics }) {
  const w = useWords();
  const bar = (row: AnalyticsRow, name: ReactNode): Bar => ({
    row, name, part: (row.value ?? 0) / 10, value: row.value === null ? w.analytics.none : decimal(row.value),
    note: row.before !== null && <Change value={row.value} before={row.before} say={decimal} better="up" />,
  });
  const byChannel = channels.flatMap((c) => rowOf(of, { channel: c }) ?? []).filter((r) => r.n > 0).map((r) => bar(r, ofChannel(r.channel!, w.common.channels[r.channel!])));
  const byWhom = answerers.flatMap((a) => rowOf(of, { answered_by: a }) ?? []).filter((r) => r.n > 0).map((r) => bar(r, w.analytics.answeredBy[r.answered_by!]));
  return (
    <>
      <Bars label={w.analytics.byChannel} bars={byChannel} />
      {byWhom.length > 0 && <h3 className="mt-3 mb-1 border-t border-line pt-3 text-sm font-medium text-ink-2">{w.analytics.byWhom}</h3>}
      <Bars label={w.analytics.byWhom} bars={byWhom} />
    </>
  );
}

const responseMeasures = ["first_response_median", "first_response_p90", "resolution_median", "resolution_p90"] as const;

function Response({ of }: { of: Analytics }) {
  const w = useWords();
  const all = [null, ...channels].filter((c) => of.rows.some((r) => r.channel === c && r.n > 0));
  const cell = (channel: Channel | null, measure: string) => {
    const row = rowOf(of, { channel, measure });
    if (!row || row.value === null) return <span className="text-ink-2">{w.analytics.none}</span>;
    return (
      <Link to="/inbox" search={behind(row)} preload={false} className="-mx-1 inline-flex flex-col items-end rounded-md px-1 text-ink no-underline hover:bg-sunk">
        <span>{waited(row.value)}</span>
        <Change value={row.value} before={row.before} say={waited} better="down" className="text-xs!" />
      </Link>
    );
  };
  const columns: Column<Channel | null>[] = [
    { name: w.analytics.channel, cell: (c) => (c ? <span className="flex items-center gap-2">{ofChannel(c, w.common.channels[c])}</span> : <span className="font-semibold">{w.analytics.all}</span>) },
    ...responseMeasures.map((m): Column<Channel | null> => ({ name: w.analytics.measures[m], number: true, wide: m.endsWith("p90"), cell: (c) => cell(c, m) })),
  ];
  return <div className="-mx-3"><Table label={w.analytics.response} columns={columns} rows={all} id={(c) => c ?? "all"} /></div>;
}

function Escalations({ of }: { of: Analytics }) {
  const w = useWords();
  const rows = channels.flatMap((c) => rowOf(of, { channel: c, measure: "escalations" }) ?? []).filter((r) => r.n > 0);
  const most = Math.max(1, ...rows.map((r) => r.n));
  const bars: Bar[] = rows.map((row) => {
    const part = rowOf(of, { channel: row.channel, measure: "escalation_share" })?.value ?? null;
    return {
      row, name: ofChannel(row.channel!, w.common.channels[row.channel!]), part: row.n / most, value: count(row.n), colour: channelColour[row.channel!],
      note: part !== null && <span className="text-sm text-ink-2 tabular-nums">{share(part, 100)}</span>,
    };
  });
  return (
    <>
      <Bars label={w.analytics.byChannel} bars={bars} />
      <Columns label={w.analytics.escalationsByDay} days={daysOfReport(of)} say={w.analytics.escalationCount} className="mt-3" />
    </>
  );
}

/** What language models cost, as money of the report's currency; small amounts keep their digits. */
function Cost({ of }: { of: Analytics }) {
  const w = useWords();
  const all = rowOf(of, { measure: "cost" });
  const say = (n: number): string => money(n, of.currency ?? "USD");
  const rows = channels.flatMap((c) => rowOf(of, { channel: c, measure: "cost" }) ?? []).filter((r) => r.n > 0);
  const most = Math.max(...rows.map((r) => r.value ?? 0)) || 1;
  const bars: Bar[] = rows.map((row) => ({
    row, name: ofChannel(row.channel!, w.common.channels[row.channel!]), part: (row.value ?? 0) / most, value: say(row.value ?? 0), colour: channelColour[row.channel!],
    note: <Change value={row.value} before={row.before} say={say} better="down" />,
  }));
  const tokens = (measure: string): string => count(rowOf(of, { measure })?.value ?? 0);
  return (
    <>
      {all && (
        <p className="mb-2 flex flex-wrap items-baseline gap-x-3">
          <Link to="/inbox" search={behind(all)} preload={false} className="-mx-1 rounded-md px-1 text-2xl font-semibold text-ink tabular-nums no-underline hover:bg-sunk">{say(all.value ?? 0)}</Link>
          <Change value={all.value} before={all.before} say={say} better="down" />
          <span className="text-sm text-ink-2">{w.analytics.tokens(tokens("prompt_tokens"), tokens("completion_tokens"), w.analytics.conversations(all.n))}</span>
        </p>
      )}
      <div className="grid grid-cols-1 gap-x-8 gap-y-3 full:grid-cols-2">
        <Bars label={w.analytics.byChannel} bars={bars} />
        <Columns label={w.analytics.costByDay} days={daysOfReport(of)} say={say} amount />
      </div>
    </>
  );
}
