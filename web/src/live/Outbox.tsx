// SPDX-License-Identifier: Apache-2.0
// What is on its way out, and what could not be sent: each of that may be tried again.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCw } from "lucide-react";
import { listOutbox, retryOutbox, type OutboxRow, type OutboxState } from "../api";
import { useMay } from "../app/session";
import { useChanges } from "../app/useLive";
import { phoneWords } from "../lib/phone";
import { Button, ChannelIcon, DateTime, explainDeed, Failure, Loading, toast } from "../ui";
import { useWords } from "../words";
import { count } from "../words/times";
import { Section } from "./Section";

const most = 100;
const shown = 5;
const states: readonly OutboxState[] = ["waiting", "sending", "failed"];
const key = ["outbox"] as const;

/** With the live socket, and by the clock: what waits for its time tells nothing. */
const lookMs = 15_000;

export function Outbox() {
  const w = useWords().live;
  const client = useQueryClient();
  const { data, error, isPending, refetch } = useQuery({
    queryKey: key,
    queryFn: async () => Object.fromEntries(await Promise.all(states.map(async (state) => [state, await listOutbox({ state, page_size: most })] as const))),
    refetchInterval: lookMs,
  });
  useChanges((changes) => {
    if (!changes || changes.some((c) => c.kind === "message")) void client.invalidateQueries({ queryKey: key });
  });
  const failed = data?.failed?.messages ?? [];
  return (
    <Section title={w.outbox}>
      {error && !data ? <Failure error={error} retry={() => void refetch()} /> : isPending ? <Loading rows={1} /> : (
        <>
          <dl className="grid grid-cols-3 divide-x divide-line">
            {states.map((state) => {
              const page = data[state];
              const n = page?.messages.length ?? 0;
              return (
                <div key={state} className="flex flex-col-reverse justify-end px-4 py-3">
                  <dt className="text-sm text-ink-2">{w.outboxStates[state]}</dt>
                  <dd className={state === "failed" && n > 0 ? "text-2xl font-semibold text-poor tabular-nums" : "text-2xl font-semibold tabular-nums"}>
                    {page?.next_cursor ? w.moreThan(count(n)) : count(n)}
                  </dd>
                </div>
              );
            })}
          </dl>
          {failed.length > 0 && <ul className="divide-y divide-line border-t border-line">{failed.slice(0, shown).map((row) => <Failed key={row.message_id} row={row} />)}</ul>}
        </>
      )}
    </Section>
  );
}

function Failed({ row }: { row: OutboxRow }) {
  const w = useWords();
  const client = useQueryClient();
  const mayRetry = useMay("conversations.write");
  const { mutate, isPending } = useMutation({
    mutationFn: () => retryOutbox({ message_id: row.message_id }),
    onSuccess: () => {
      toast({ words: w.live.triedAgain });
      return client.invalidateQueries({ queryKey: key });
    },
    onError: (failed) => toast({ words: explainDeed(failed), tone: "trouble" }),
  });
  return (
    <li className="flex items-center gap-3 px-4 py-2">
      <ChannelIcon channel={row.channel} className="size-4.5 shrink-0 text-ink-2" />
      <Link to="/inbox/$conversationId" params={{ conversationId: row.conversation_id }} search={{}} className="min-w-0 flex-1 text-ink no-underline hover:underline">
        <span className="flex items-baseline gap-2"><span className="truncate font-medium">{row.to ? phoneWords(row.to) : w.common.customer}</span><DateTime at={row.due_at} as="age" className="shrink-0 text-sm text-ink-2" /></span>
        <span className="block truncate text-sm text-poor">{row.error ?? w.common.noReason}</span>
      </Link>
      {mayRetry && <Button size="sm" busy={isPending} onClick={() => mutate()}><RotateCw className="size-4" />{w.live.retry}</Button>}
    </li>
  );
}
