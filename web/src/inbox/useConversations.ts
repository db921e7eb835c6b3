// SPDX-License-Identifier: Apache-2.0
// The list as far as it has been read: pages by cursor, newest activity first. When something has
// changed, the first page is read again and laid over the others: what is new in it has moved up, and
// is taken out where it was. A conversation further down whose state changed without moving is read
// by itself. So a change costs one request, however far the reader has scrolled.
import { useInfiniteQuery, useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import { listConversations, showConversation, type Conversation, type ConversationPage, type ConversationRow } from "../api";
import { keys } from "../app/query";
import { useChanges, type Changes } from "../app/useLive";
import type { InboxFilter } from "./search";

const pageSize = 50;
/** More changed rows than this are not worth asking for one by one. */
const mostSingly = 10;

type Pages = InfiniteData<ConversationPage, string | undefined>;

const load = (filter: InboxFilter, cursor: string | undefined) =>
  listConversations({ ...filter, page_size: pageSize, ...(cursor ? { cursor } : {}) });

/** Lays a fresh first page over what was read before. */
function overlay(was: Pages, first: ConversationPage): Pages {
  const [before, ...others] = was.pages;
  const oldest = first.conversations.at(-1);
  const all = [...(before?.conversations ?? []), ...others.flatMap((p) => p.conversations)];
  // Nothing of the fresh page was known: too much has happened to join the two.
  const known = new Set(all.map((r) => r.id));
  if (!oldest || !first.next_cursor || !first.conversations.some((r) => known.has(r.id))) {
    return { pages: [first], pageParams: [undefined] };
  }
  const fresh = new Set(first.conversations.map((r) => r.id));
  const rest = all.filter((r) => !fresh.has(r.id) && r.last_activity_at <= oldest.last_activity_at);
  const last = was.pages.at(-1);
  if (rest.length === 0 || !last) return { pages: [first], pageParams: [undefined] };
  return {
    pages: [first, { ...last, total: first.total, conversations: rest }],
    pageParams: [undefined, first.next_cursor],
  };
}

/** Whether it still belongs into the list, as far as one conversation tells. */
function fits(now: Conversation, filter: InboxFilter): boolean {
  return (!filter.status || filter.status === now.status)
    && (filter.needs_person === undefined || filter.needs_person === now.needs_person)
    && (filter.unread === undefined || now.unread === undefined || filter.unread === now.unread)
    && (filter.snoozed === undefined || filter.snoozed === (now.snoozed_until !== null))
    && (!filter.outcome || filter.outcome === now.outcome)
    && (!filter.sentiment || filter.sentiment === now.sentiment)
    && (filter.assigned !== "none" || now.assigned_to === null)
    && (!filter.tag || now.tags.includes(filter.tag));
}

/** A row as its conversation is now; null when it no longer belongs into the list. */
async function rowNow(row: ConversationRow, filter: InboxFilter): Promise<ConversationRow | null> {
  const { conversation: now } = await showConversation({ conversation_id: row.id });
  if (!fits(now, filter)) return null;
  const { customer, ...head } = now;
  return { ...row, ...head, customer_name: customer?.name ?? null, customer_phone: customer?.phone ?? null };
}

export interface Conversations {
  rows: readonly ConversationRow[];
  page: ConversationPage | undefined;
  error: unknown;
  loading: boolean;
  more: (() => void) | undefined;
  refresh: () => void;
  /** Reads its beginning again, as after a change. */
  renew: () => void;
}

export function useConversations(filter: InboxFilter): Conversations {
  const client = useQueryClient();
  const key = keys.conversations(filter);
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => load(filter, pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    // What is shown of another filter is old by the time one comes back to it.
    staleTime: 0,
  });

  const running = useRef(false);
  const wanted = useRef<Changes | undefined>(undefined);

  const renew = useCallback(async (changes: Changes) => {
    const was = client.getQueryData<Pages>(key);
    if (!was) {
      await client.refetchQueries({ queryKey: key });
      return;
    }
    const first = await load(filter, undefined);
    client.setQueryData<Pages>(key, (now) => now && overlay(now, first));
    const seen = new Set(first.conversations.map((r) => r.id));
    const ids = new Set((changes ?? []).map((c) => c.conversation_id));
    const deeper = was.pages.flatMap((p) => p.conversations).filter((r) => ids.has(r.id) && !seen.has(r.id));
    for (const row of deeper.slice(0, mostSingly)) {
      const fresh = await rowNow(row, filter);
      client.setQueryData<Pages>(key, (now) => now && {
        ...now,
        pages: now.pages.map((p) => ({
          ...p,
          conversations: p.conversations.flatMap((r) => (r.id === row.id ? (fresh ? [fresh] : []) : [r])),
        })),
      });
    }
  }, [client, JSON.stringify(key)]);

  useChanges((changes) => {
    if (changes && !changes.some((c) => c.conversation_id !== null || c.kind === "customer")) return;
    wanted.current = changes && wanted.current !== null ? [...(wanted.current ?? []), ...changes] : null;
    if (running.current) return;
    running.current = true;
    void (async () => {
      while (wanted.current !== undefined) {
        const now = wanted.current;
        wanted.current = undefined;
        // A failure is shown when the reader asks for something; the socket tells when it is over.
        await renew(now).catch(() => {});
      }
      running.current = false;
    })();
  });

  const rows = useMemo(() => {
    const seen = new Set<string>();
    return (query.data?.pages ?? []).flatMap((p) => p.conversations).filter((r) => !seen.has(r.id) && seen.add(r.id));
  }, [query.data]);

  const { hasNextPage, isFetching, fetchNextPage } = query;
  const more = useCallback(() => {
    if (!isFetching) void fetchNextPage();
  }, [isFetching, fetchNextPage]);

  return {
    rows,
    page: query.data?.pages[0],
    error: query.error,
    loading: query.isPending,
    more: hasNextPage ? more : undefined,
    refresh: () => void query.refetch(),
    renew: () => void renew(null).catch(() => {}),
  };
}
