// SPDX-License-Identifier: Apache-2.0
// The list: its rows keep their identity when they move, and with it the focus.
import { Link, useNavigate } from "@tanstack/react-router";
import { Inbox as InboxIcon } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { ConversationRow } from "../api";
import { useActions } from "../app/actions";
import { useMay } from "../app/session";
import { useTags } from "../conversation/workMenus";
import { buttonClass, Checkbox, cx, Failure, Loading, Nothing, useRowKeys, VirtualList } from "../ui";
import { useWords, words } from "../words";
import { rowTitle } from "../words/people";
import { count } from "../words/times";
import { usePhones } from "../lib/phone";
import { Bulk } from "./Bulk";
import { Filters } from "./Filters";
import { Row, rowHeight } from "./Row";
import type { InboxFilter } from "./search";
import { useConversations, type Conversations } from "./useConversations";

interface ListProps {
  filter: InboxFilter;
  /** The one that is shown beside it. */
  open: string | undefined;
}

export function List({ filter, open }: ListProps) {
  const w = useWords().inbox;
  const list = useConversations(filter);
  usePhones();
  return (
    <section className="list flex min-h-0 min-w-0 flex-1 flex-col bg-panel" aria-label={w.list}>
      <div className="shrink-0 border-b border-line px-4 pt-3 pb-2">
        <div className="mb-1.5 flex items-baseline justify-between gap-2">
          <p aria-hidden="true" className="text-lg font-semibold">{w.title}</p>
          {list.page && (
            <p className="text-sm text-ink-2 tabular-nums">
              {(list.page.total_is_exact ? w.total : w.moreThan)(count(list.page.total))}
            </p>
          )}
        </div>
        <Filters filter={filter} />
      </div>
      {list.error !== null && <Failure error={list.error} retry={list.refresh} />}
      {list.loading && <Loading rows={8} />}
      {list.page && <Rows key={JSON.stringify(filter)} filter={filter} open={open} list={list} />}
    </section>
  );
}

/** Ids of rows that have become newer since they were last shown, for as long as that is news. */
function useFresh(rows: readonly ConversationRow[]): ReadonlySet<string> {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const before = useRef<Map<string, string> | null>(null);
  useEffect(() => {
    const was = before.current;
    before.current = new Map(rows.map((r) => [r.id, r.last_activity_at]));
    if (!was) return;
    const newest = [...was.values()].reduce((a, b) => (a > b ? a : b), "");
    const newer = rows.filter((r) => {
      const then = was.get(r.id);
      return then === undefined ? r.last_activity_at > newest : r.last_activity_at > then;
    });
    if (newer.length) setFresh(new Set(newer.map((r) => r.id)));
  }, [rows]);
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
  const w = words();
  if (!row) return "";
  if (more.length) return w.inbox.activityMany(more.length + 1);
  return w.inbox.activityOne(rowTitle(row), w.common.channel[row.channel]);
}

interface Choice {
  ids: readonly string[];
  has: (id: string) => boolean;
  /** `upTo`: all from the one before to it. */
  toggle: (id: string, upTo: boolean) => void;
  clear: () => void;
}

/** Those that are chosen for doing something with several; of what is no longer in the list, none is. */
function useChoice(rows: readonly ConversationRow[]): Choice {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<string | null>(null);
  const ids = useMemo(() => rows.filter((r) => chosen.has(r.id)).map((r) => r.id), [rows, chosen]);
  return {
    ids,
    has: (id) => chosen.has(id),
    toggle: (id, upTo) => {
      const next = new Set(chosen);
      const from = rows.findIndex((r) => r.id === last.current);
      const to = rows.findIndex((r) => r.id === id);
      if (to < 0) return;
      if (upTo && from >= 0) for (const r of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(r.id);
      else if (!next.delete(id)) next.add(id);
      last.current = id;
      setChosen(next);
    },
    clear: () => setChosen(new Set()),
  };
}

const rowId = (row: ConversationRow): string => row.id;

function Rows({ filter, open, list }: ListProps & { list: Conversations }) {
  const w = useWords().inbox;
  const { rows } = list;
  const go = useNavigate();
  const fresh = useFresh(rows);
  const tags = useTags();
  const mayWork = useMay("conversations.write");
  const choice = useChoice(rows);
  const { box, reach, stop, focus, move, setAt, onKeyDown } = useRowKeys(rows.map(rowId), open);

  useActions([
    { id: "inbox next", name: w.keys.next, group: w.keys.group, keys: "j", keysOnly: true, run: () => move(1) },
    { id: "inbox previous", name: w.keys.previous, group: w.keys.group, keys: "k", keysOnly: true, run: () => move(-1) },
    ...(mayWork ? [{ id: "inbox choose", name: w.keys.choose, group: w.keys.group, keys: "x", keysOnly: true,
                     run: () => choice.toggle((document.activeElement as HTMLElement | null)?.dataset.id ?? open ?? stop ?? "", false) }] : []),
    ...(open && choice.ids.length === 0 ? [{ id: "inbox close", name: w.keys.close, group: w.keys.group, keys: "Escape", keysOnly: true,
                  run: () => void go({ to: "/inbox", search: filter }) }] : []),
    ...(choice.ids.length ? [{ id: "inbox choose none", name: w.clearChoice, group: w.keys.group, keys: "Escape", keysOnly: true, run: choice.clear }] : []),
  ]);

  // Closing a conversation returns to its row.
  const opened = useRef(open);
  useEffect(() => {
    const was = opened.current;
    opened.current = open;
    if (was && !open) focus(was);
  }, [open, focus]);

  if (rows.length === 0) return <Empty filter={filter} />;
  return (
    <div ref={box} className="contents" onKeyDown={onKeyDown}>
      <p className="sr-only" role="status">{announcement(rows, fresh)}</p>
      {choice.ids.length > 0 && <Bulk chosen={choice.ids} clear={choice.clear} refresh={choice.ids.length > 10 ? list.refresh : list.renew} />}
      <VirtualList label={w.list} rows={rows} id={rowId} height={rowHeight} keep={stop} more={list.more} reach={reach}
                   row={(row) => (
                     <div className="group/row relative h-full">
                       <Link to="/inbox/$conversationId" params={{ conversationId: row.id }} search={filter} data-id={row.id}
                             data-fresh={fresh.has(row.id) || undefined} tabIndex={row.id === stop ? 0 : -1}
                             aria-current={row.id === open ? "true" : undefined} onFocus={() => setAt(row.id)} draggable={false}
                             className={cx(rowClass, choice.has(row.id) && "bg-accent-soft")}>
                         <Row row={row} tags={tags} />
                       </Link>
                       {mayWork && <Choose row={row} choice={choice} />}
                     </div>
                   )} />
    </div>
  );
}

const rowClass = "row group row-grid h-full content-center gap-x-3 border-b border-line px-4 text-ink no-underline hover:bg-ground "
  + "focus-visible:-outline-offset-2 data-[fresh]:animate-fresh aria-[current]:bg-accent-soft";

/** The box over the channel's drawing: seen at the pointer, and on all rows while some are chosen. */
function Choose({ row, choice }: { row: ConversationRow; choice: Choice }) {
  const w = useWords().inbox;
  return (
    <span className={cx("absolute top-2.5 left-3 p-1", choice.has(row.id) ? "bg-accent-soft" : "bg-panel group-hover/row:bg-ground",
                        choice.ids.length === 0 && "opacity-0 focus-within:opacity-100 group-hover/row:opacity-100 pointer-coarse:hidden")}
          onClickCapture={(e) => {
            if (!e.shiftKey) return;
            e.preventDefault();
            e.stopPropagation();
            choice.toggle(row.id, true);
          }}>
      <Checkbox label={w.select(rowTitle(row))} on={choice.has(row.id)} change={() => choice.toggle(row.id, false)} tabIndex={-1} />
    </span>
  );
}

function Empty({ filter }: { filter: InboxFilter }) {
  const w = useWords().inbox;
  if (Object.keys(filter).length === 0) return <Nothing icon={<InboxIcon />} title={w.none}>{w.noneWhy}</Nothing>;
  return (
    <Nothing icon={<InboxIcon />} title={w.noneFound}>
      <Link to="/inbox" search={{}} className={buttonClass()}>{w.clearFilters}</Link>
    </Nothing>
  );
}
