// SPDX-License-Identifier: Apache-2.0
// The list: filter, rows, paging, and moving through it by keyboard. One row at a time takes part in
// the Tab order. Rows keep their identity when they move, and with it the focus.
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import type { ConversationPage, ConversationRow, ConversationStatus } from "./api";
import { ChannelIcon } from "./icons";
import { Link } from "./Link";
import type { Place } from "./location";
import { Failure, Nothing } from "./states";
import type { Fetched } from "./useFetched";
import { useNow } from "./useNow";
import {
  channels, channelWord, channelWords, fullTime, outcomeWord, rowTitle, shortAge, statusWord,
} from "./words";

export function ConversationList({ place, page }: { place: Place; page: Fetched<ConversationPage> }) {
  return (
    <section className="list" aria-label="Conversations">
      <div className="list-head">
        <h1>Conversations</h1>
        <Filter place={place} />
      </div>
      {page.error && <Failure error={page.error} retry={page.refresh} />}
      {page.loading && <Skeleton />}
      {page.data && <Rows place={place} page={page.data} />}
      {page.data && <Paging place={place} page={page.data} />}
    </section>
  );
}

function Filter({ place }: { place: Place }) {
  return (
    <nav aria-label="Channel" className="filter">
      {[null, ...channels].map((channel) => (
        <Link key={channel ?? "all"} to={{ ...place, channel, page: 1 }}
              aria-current={place.channel === channel ? "page" : undefined}>
          {channel ? channelWords[channel] : "All"}
        </Link>
      ))}
    </nav>
  );
}

/** Ids of rows that have become newer since they were last shown, for as long as that is news. */
function useFresh(rows: readonly ConversationRow[], where: string): ReadonlySet<string> {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const before = useRef<{ where: string; times: Map<string, string> } | null>(null);
  useEffect(() => {
    const was = before.current;
    before.current = { where, times: new Map(rows.map((r) => [r.id, r.last_activity_at])) };
    if (!was || was.where !== where) {
      setFresh(new Set());
      return;
    }
    const newest = [...was.times.values()].sort().at(-1) ?? "";
    const newer = rows.filter((r) => {
      const then = was.times.get(r.id);
      return then === undefined ? r.last_activity_at > newest : r.last_activity_at > then;
    });
    if (newer.length) setFresh(new Set(newer.map((r) => r.id)));
  }, [rows, where]);
  useEffect(() => {
    if (fresh.size === 0) return undefined;
    const timer = window.setTimeout(() => setFresh(new Set()), 4000);
    return () => window.clearTimeout(timer);
  }, [fresh]);
  return fresh;
}

/** What a listener hears when rows have moved up. */
function announcement(rows: readonly ConversationRow[], fresh: ReadonlySet<string>): string {
  const [row, ...more] = rows.filter((r) => fresh.has(r.id));
  if (!row) return "";
  if (more.length) return `New activity in ${more.length + 1} conversations.`;
  return `New activity: ${rowTitle(row)}, ${channelWord[row.channel]}.`;
}

const typing = "input, textarea, select, [contenteditable]";

/** The step that a key asks for; 0 for none. */
function stepOf(event: { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean }): number {
  if (event.ctrlKey || event.metaKey || event.altKey) return 0;
  if (event.key === "j" || event.key === "ArrowDown") return 1;
  return event.key === "k" || event.key === "ArrowUp" ? -1 : 0;
}

function Rows({ place, page }: { place: Place; page: ConversationPage }) {
  const rows = page.conversations;
  const now = useNow();
  const fresh = useFresh(rows, `${place.channel} ${place.page}`);
  const list = useRef<HTMLUListElement>(null);
  const [at, setAt] = useState<string | null>(null);
  const has = (id: string | null): boolean => rows.some((r) => r.id === id);
  const tabStop = has(at) ? at : has(place.conversation) ? place.conversation : rows[0]?.id;

  function move(step: number): void {
    const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>("a") ?? [])];
    const here = links.findIndex((a) => a === document.activeElement);
    const stop = links.findIndex((a) => a.tabIndex === 0);
    // From outside the list, the first press goes to the row where one was.
    links[here < 0 ? stop : Math.min(Math.max(here + step, 0), links.length - 1)]?.focus();
  }

  function keyInList(event: KeyboardEvent): void {
    const step = stepOf(event.nativeEvent);
    if (event.key === "Home" || event.key === "End") move(event.key === "Home" ? -rows.length : rows.length);
    else if (step) move(step);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // J and K work from anywhere that is not a field; arrows elsewhere scroll as ever.
  useEffect(() => {
    function keyAnywhere(event: globalThis.KeyboardEvent): void {
      const inField = event.target instanceof Element && event.target.closest(typing);
      if (inField || event.defaultPrevented || (event.key !== "j" && event.key !== "k")) return;
      const step = stepOf(event);
      if (step) move(step);
    }
    document.addEventListener("keydown", keyAnywhere);
    return () => document.removeEventListener("keydown", keyAnywhere);
  });

  // Going back to the list on a phone returns to the row that was open.
  const opened = useRef(place.conversation);
  useEffect(() => {
    const was = opened.current;
    opened.current = place.conversation;
    if (was && !place.conversation) {
      list.current?.querySelector<HTMLAnchorElement>(`a[data-id="${was}"]`)?.focus();
    }
  }, [place.conversation]);

  if (rows.length === 0) return <EmptyList place={place} total={page.total} />;
  return (
    <>
      <p className="hidden" role="status">{announcement(rows, fresh)}</p>
      <ul className="rows" ref={list} onKeyDown={keyInList}>
        {rows.map((row) => (
          <li key={row.id}>
            <Link to={{ ...place, conversation: row.id }} className="row" data-id={row.id}
                  data-fresh={fresh.has(row.id) || undefined} tabIndex={row.id === tabStop ? 0 : -1}
                  aria-current={row.id === place.conversation ? "true" : undefined}
                  onFocus={() => setAt(row.id)}>
              <Row row={row} now={now} />
            </Link>
          </li>
        ))}
      </ul>
    </>
  );
}

function Row({ row, now }: { row: ConversationRow; now: Date }) {
  const known = Boolean(row.customer_name?.trim() || row.customer_phone);
  const about = row.subject?.trim() || row.ai_summary?.trim();
  return (
    <>
      <span className="row-channel" title={channelWord[row.channel]}>
        <ChannelIcon channel={row.channel} />
        <span className="hidden">{channelWord[row.channel]}: </span>
      </span>
      <span className="row-who" data-known={known}>{rowTitle(row)}</span>
      <time className="row-when" dateTime={row.last_activity_at} title={fullTime(row.last_activity_at)}>
        {shortAge(row.last_activity_at, now)}
      </time>
      <span className="row-about" data-known={Boolean(about)}>{about || "No subject yet"}</span>
      <span className="row-facts">
        <Status status={row.status} />
        {row.outcome && <span>{outcomeWord[row.outcome]}</span>}
        <Score score={row.satisfaction_score} />
      </span>
    </>
  );
}

export function Status({ status }: { status: ConversationStatus }) {
  return <span className="status" data-status={status}>{statusWord[status]}</span>;
}

/** 1 to 10 in words and three colours; the number carries the meaning, not the colour. */
export function Score({ score }: { score: number | null }) {
  if (score === null) return null;
  const level = score >= 7 ? "good" : score >= 4 ? "fair" : "poor";
  return (
    <span className="score" data-level={level} title={`Satisfaction ${score} of 10`}>
      <span className="hidden">Satisfaction </span>{score}<span className="score-of">/10</span>
    </span>
  );
}

function EmptyList({ place, total }: { place: Place; total: number }) {
  if (total > 0) {
    return (
      <Nothing title="This page is empty">
        <Link to={{ ...place, page: 1 }}>Back to the first page</Link>
      </Nothing>
    );
  }
  return place.channel
    ? <Nothing title="Nothing on this channel yet">
        <Link to={{ ...place, channel: null, page: 1 }}>Show every channel</Link>
      </Nothing>
    : <Nothing title="No conversations yet">As soon as somebody calls, texts or writes, it appears here by itself.</Nothing>;
}

function Paging({ place, page }: { place: Place; page: ConversationPage }) {
  if (page.conversations.length === 0) return null;
  const first = (page.page - 1) * page.page_size + 1;
  const last = first + page.conversations.length - 1;
  const step = (to: number, words: string, rel: string) =>
    to >= 1 && to <= page.total_pages
      ? <Link className="button" rel={rel} to={{ ...place, page: to }}>{words}</Link>
      : <span className="button" aria-disabled="true">{words}</span>;
  return (
    <nav className="paging" aria-label="Pages">
      <p>{first.toLocaleString("en")}–{last.toLocaleString("en")} of {page.total.toLocaleString("en")}</p>
      {step(page.page - 1, "Newer", "prev")}
      {step(page.page + 1, "Older", "next")}
    </nav>
  );
}

function Skeleton() {
  return (
    <div className="skeleton" role="status">
      <span className="hidden">Loading conversations</span>
      {[0, 1, 2, 3, 4, 5].map((i) => <div key={i} className="skeleton-row" />)}
    </div>
  );
}
