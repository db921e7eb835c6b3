// SPDX-License-Identifier: Apache-2.0
// The list of customers, found by words of their name, number or address as one types.
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { GitMerge, Search, UserPlus, UsersRound, X } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { listCustomers, type Customer } from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { phoneWords, usePhones } from "../lib/phone";
import { Avatar, Button, Failure, IconButton, Input, Loading, Nothing, useRowKeys, VirtualList } from "../ui";
import { useWords } from "../words";
import { count } from "../words/times";
import { CustomerForm } from "./CustomerForm";
import { Duplicates } from "./Merge";
import { nameOf } from "./names";
import type { CustomerSearch } from "./search";

const pageSize = 50;
const rowHeight = 60;
/** So long nothing is typed before it is looked for. */
const restMs = 180;

export function useCustomers(q: string | undefined) {
  const filter = q?.trim() ? { q: q.trim() } : {};
  const query = useInfiniteQuery({
    queryKey: keys.customers(filter),
    queryFn: ({ pageParam }) => listCustomers({ ...filter, page_size: pageSize, ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  const rows = useMemo(() => {
    const seen = new Set<number>();
    return (query.data?.pages ?? []).flatMap((p) => p.customers).filter((c) => !seen.has(c.id) && seen.add(c.id));
  }, [query.data]);
  return { query, rows };
}

export function CustomerList({ search, open }: { search: CustomerSearch; open: string | undefined }) {
  const w = useWords();
  const go = useNavigate();
  const mayWrite = useMay("customers.write");
  const [adding, setAdding] = useState(false);
  const [twins, setTwins] = useState(false);
  const { query, rows } = useCustomers(search.q);
  usePhones();
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const more = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);
  const first = query.data?.pages[0];

  // The server looks through so many at a time: it goes on until there is something to show.
  const goesOn = rows.length === 0 && hasNextPage && !query.isFetchNextPageError;
  useEffect(() => {
    if (goesOn) more();
  }, [goesOn, more]);

  useActions(mayWrite ? [{ id: "add customer", name: w.customers.add, group: w.customers.title, keys: "n", run: () => setAdding(true) }] : []);

  return (
    <section className="flex min-h-0 min-w-0 flex-1 flex-col bg-panel" aria-label={w.customers.list}>
      <div className="shrink-0 border-b border-line px-4 pt-3 pb-3">
        <div className="mb-2 flex min-h-9 items-center justify-between gap-2">
          <p className="flex items-baseline gap-2">
            <span aria-hidden="true" className="text-lg font-semibold">{w.customers.title}</span>
            {first && <span className="text-sm text-ink-2 tabular-nums" role="status">{w.customers.total(count(Math.max(first.total, rows.length)), Boolean(search.q), Boolean(search.q && hasNextPage))}</span>}
          </p>
          {mayWrite && <span className="flex gap-1">
            <IconButton label={w.merge.duplicates} icon={<GitMerge className="size-4.5" />} onClick={() => setTwins(true)} />
            <IconButton label={w.customers.add} keys="n" icon={<UserPlus className="size-4.5" />} onClick={() => setAdding(true)} />
          </span>}
        </div>
        <SearchBox search={search} />
      </div>
      {query.error && !query.data && <Failure error={query.error} retry={() => void query.refetch()} />}
      {(query.isPending || goesOn) && <Loading rows={9} />}
      {first && rows.length > 0 && <Rows rows={rows} open={open} search={search} more={hasNextPage ? more : undefined} />}
      {first && rows.length === 0 && !goesOn && <Nobody search={search} add={mayWrite ? () => setAdding(true) : undefined}
                                             goOn={hasNextPage ? more : undefined} busy={isFetching} />}
      {twins && <Duplicates close={() => setTwins(false)} />}
      {adding && <CustomerForm close={() => setAdding(false)}
                               done={(made) => void go({ to: "/customers/$customerId", params: { customerId: String(made.id) }, search })} />}
    </section>
  );
}

function Nobody({ search, add, goOn, busy }: {
  search: CustomerSearch; add: (() => void) | undefined; goOn: (() => void) | undefined; busy: boolean;
}) {
  const w = useWords();
  if (!search.q) {
    return (
      <Nothing icon={<UsersRound />} title={w.customers.none}>
        <p>{w.customers.noneWhy}</p>
        {add && <Button look="main" onClick={add}><UserPlus className="size-4" />{w.customers.add}</Button>}
      </Nothing>
    );
  }
  return (
    <Nothing icon={<Search />} title={w.customers.noneFound(search.q)}>
      <p>{w.customers.noneFoundWhy}</p>
      {goOn && <Button busy={busy} onClick={goOn}>{w.customers.lookFurther}</Button>}
    </Nothing>
  );
}

function SearchBox({ search }: { search: CustomerSearch }) {
  const w = useWords();
  const go = useNavigate();
  const [text, setText] = useState(search.q ?? "");
  const box = useRef<HTMLInputElement>(null);
  const typed = useRef(false);

  useEffect(() => {
    if (!typed.current) setText(search.q ?? "");
  }, [search.q]);

  useEffect(() => {
    if (!typed.current) return undefined;
    const timer = window.setTimeout(() => {
      typed.current = false;
      const q = text.trim() ? text : undefined;
      void go({ to: ".", search: (was) => ({ ...(was as CustomerSearch), q }) as CustomerSearch, replace: true });
    }, restMs);
    return () => window.clearTimeout(timer);
  }, [text, go]);

  useActions([{ id: "find customer", name: w.customers.search, group: w.customers.title, keys: "/", run: () => box.current?.focus() }]);

  return (
    <div className="relative">
      <Search className="pointer-events-none absolute top-2.5 left-2.5 size-4 text-ink-2" aria-hidden="true" />
      <Input ref={box} type="search" maxLength={200} value={text} aria-label={w.customers.search} placeholder={w.customers.searchHint}
             autoComplete="off" className="pr-9 pl-8.5 [&::-webkit-search-cancel-button]:hidden"
             onChange={(e) => { typed.current = true; setText(e.target.value); }} />
      {text && (
        <span className="absolute top-1 right-1">
          <IconButton size="sm" label={w.common.actions.clear} icon={<X className="size-4" />}
                      onClick={() => { typed.current = true; setText(""); box.current?.focus(); }} />
        </span>
      )}
    </div>
  );
}

const rowId = (row: Customer): string => String(row.id);

function Rows({ rows, open, search, more }: {
  rows: readonly Customer[]; open: string | undefined; search: CustomerSearch; more: (() => void) | undefined;
}) {
  const w = useWords().customers;
  const go = useNavigate();
  const { box, reach, stop, move, setAt, onKeyDown } = useRowKeys(rows.map(rowId), open);

  useActions([
    { id: "customers next", name: w.keys.next, group: w.title, keys: "j", keysOnly: true, run: () => move(1) },
    { id: "customers previous", name: w.keys.previous, group: w.title, keys: "k", keysOnly: true, run: () => move(-1) },
    ...(open ? [{ id: "customers close", name: w.keys.close, group: w.title, keys: "Escape", keysOnly: true,
                  run: () => void go({ to: "/customers", search }) }] : []),
  ]);

  return (
    <div ref={box} className="contents" onKeyDown={onKeyDown}>
      <VirtualList label={w.list} rows={rows} id={rowId} height={rowHeight} keep={stop} more={more} reach={reach}
                   row={(row) => (
                     <Link to="/customers/$customerId" params={{ customerId: rowId(row) }} search={search} data-id={rowId(row)}
                           tabIndex={rowId(row) === stop ? 0 : -1} aria-current={rowId(row) === open ? "true" : undefined}
                           onFocus={() => setAt(rowId(row))} draggable={false} preload={false}
                           className="row flex h-full items-center gap-3 border-b border-line px-4 text-ink no-underline hover:bg-ground focus-visible:-outline-offset-2 aria-[current]:bg-accent-soft">
                       <Avatar name={nameOf(row)} />
                       <span className="min-w-0 flex-1">
                         <span className="block truncate font-semibold">{nameOf(row)}</span>
                         <span className="block truncate text-sm text-ink-2">{reachedAt(row)}</span>
                       </span>
                     </Link>
                   )} />
    </div>
  );
}

/** How to reach them, in a line; what is already their name is not said again. */
function reachedAt(row: Customer): string {
  const phone = row.phone && row.phone !== row.name ? phoneWords(row.phone) : null;
  const email = row.email && row.email !== row.name ? row.email : null;
  return [phone, email].filter(Boolean).join(" · ") || " ";
}
