// SPDX-License-Identifier: Apache-2.0
// What is to be sent and is not yet, or could not be, with the reason; each can be tried at once.
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { RotateCw, Send } from "lucide-react";
import { useRef, useState } from "react";
import { listOutbox, retryOutbox, type OutboxRow, type OutboxState } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { useChanges } from "../app/useLive";
import { freshKey } from "../lib/freshKey";
import { phoneWords, usePhones } from "../lib/phone";
import { Badge, Button, buttonClass, ChannelIcon, cx, DateTime, explainDeed, Failure, IconButton, Nothing, Select, toast, type Tone } from "../ui";
import { useWords } from "../words";
import { Card, SectionFrame, SectionLoading } from "./Frame";

const pageSize = 30;
const tones: Record<OutboxState, Tone> = { waiting: "fair", sending: "accent", failed: "poor" };

export function Outbox() {
  const w = useWords().settingsDesk;
  const common = useWords().common;
  const title = useWords().settings.sections.outbox;
  const client = useQueryClient();
  const [state, setState] = useState<OutboxState | "">("");
  usePhones();
  const query = useInfiniteQuery({
    queryKey: keys.outbox({ state }),
    queryFn: ({ pageParam }) => listOutbox({ page_size: pageSize, ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) }),
    initialPageParam: "",
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    staleTime: 0,
  });
  const again = (): void => void client.invalidateQueries({ queryKey: ["outbox"] });
  useChanges(again);
  const rows = query.data?.pages.flatMap((p) => p.messages);
  return (
    <SectionFrame title={title} about={w.outbox.about} actions={<IconButton look="plain" label={w.refresh} icon={<RotateCw className="size-4" />} onClick={again} />}>
      <label className="flex items-center gap-2">{w.journal.state}
        <Select value={state} onChange={(e) => setState(e.target.value as OutboxState | "")} className="w-auto!">
          <option value="">{w.journal.all}</option>
          {(["failed", "waiting", "sending"] as const).map((s) => <option key={s} value={s}>{w.outbox.states[s]}</option>)}
        </Select>
      </label>
      {query.error && !rows ? <Failure error={query.error} retry={() => void query.refetch()} /> : !rows ? <SectionLoading /> : (
        <Card flush>
          {rows.length === 0 ? (
            <Nothing icon={<Send />} title={state ? w.outbox.noneOf : w.outbox.none}>{!state && <p>{w.outbox.noneAbout}</p>}</Nothing>
          ) : (
            <ul aria-label={w.outbox.list} className="divide-y divide-line">{rows.map((m) => <Row key={m.message_id} message={m} />)}</ul>
          )}
          {query.hasNextPage && (
            <div className="border-t border-line p-2 text-center">
              <Button look="quiet" busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>{common.frame.more}</Button>
            </div>
          )}
        </Card>
      )}
    </SectionFrame>
  );
}

function Row({ message: m }: { message: OutboxRow }) {
  const w = useWords();
  const o = w.settingsDesk.outbox;
  const mayWrite = useMay("conversations.write");
  const client = useQueryClient();
  const key = useRef(freshKey());
  const retry = useMutation({
    mutationFn: () => retryOutbox({ message_id: m.message_id }, { idempotencyKey: key.current }),
    onSuccess: () => {
      key.current = freshKey();
      toast({ words: o.retried });
      void client.invalidateQueries({ queryKey: ["outbox"] });
    },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
  });
  const to = m.to ? phoneWords(m.to) : w.common.customer;
  return (
    <li className="flex flex-col gap-1 px-4 py-3 wide:px-5">
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="text-ink-2"><ChannelIcon channel={m.channel} /></span>
        <span className="min-w-0 font-medium wrap-anywhere">{o.to(to)}</span>
        <Badge tone={tones[m.state]}>{o.states[m.state]}</Badge>
        <span className="ml-auto text-sm text-ink-2">
          {m.next_attempt_at && m.attempts > 0 ? <>{o.next} <DateTime at={m.next_attempt_at} as="day" /></> : <>{m.state === "failed" ? o.wasDue : o.due} <DateTime at={m.due_at} as="day" /></>}
        </span>
      </div>
      <p className="line-clamp-2 wrap-anywhere">{m.content}</p>
      {m.error && (
        <p className={cx("text-sm wrap-anywhere", m.state === "failed" ? "text-poor" : "text-ink-2")}>
          {m.error}{m.attempts > 0 && <span className="text-ink-2"> · {o.attempts(m.attempts)}</span>}
        </p>
      )}
      <div className="flex flex-wrap gap-2 pt-1">
        {mayWrite && m.state !== "sending" && <Button size="sm" busy={retry.isPending} onClick={() => retry.mutate()} aria-label={o.retryOf(to)}>{o.retry}</Button>}
        <Link to="/inbox/$conversationId" params={{ conversationId: m.conversation_id }} search={{}} aria-label={o.openOf(to)} className={buttonClass("quiet", "sm")}>{o.open}</Link>
      </div>
    </li>
  );
}
