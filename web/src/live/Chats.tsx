// SPDX-License-Identifier: Apache-2.0
// The written conversations in which something was said within the hour, newest first.
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Hand } from "lucide-react";
import { takeOver, type ConversationRow } from "../api";
import { useMay } from "../app/session";
import { useConversations } from "../inbox/useConversations";
import { Badge, Button, ChannelIcon, DateTime, explainDeed, Failure, Loading, toast, useNow } from "../ui";
import { useWords } from "../words";
import { rowTitle } from "../words/people";
import { Section } from "./Section";

const withinMs = 60 * 60_000;
const filter = { status: "active" } as const;

export function Chats() {
  const w = useWords().live;
  const now = useNow();
  const { rows, loading, error, refresh } = useConversations(filter);
  const recent = rows.filter((r) => r.channel !== "voice" && now.getTime() - Date.parse(r.last_activity_at) < withinMs);
  return (
    <Section title={w.chats} count={loading ? undefined : recent.length} about={w.chatsAbout}>
      {error && rows.length === 0 ? <Failure error={error} retry={refresh} />
        : loading ? <Loading rows={3} />
        : recent.length === 0 ? <p className="px-4 py-6 text-center text-ink-2">{w.noChats}</p>
        : <ul className="divide-y divide-line">{recent.map((row) => <Chat key={row.id} row={row} />)}</ul>}
    </Section>
  );
}

function Chat({ row }: { row: ConversationRow }) {
  const w = useWords();
  const go = useNavigate();
  const mayTake = useMay("conversations.write");
  const { mutate, isPending } = useMutation({
    mutationFn: () => takeOver({ conversation_id: row.id }),
    onSuccess: () => go({ to: "/inbox/$conversationId", params: { conversationId: row.id }, search: {} }),
    onError: (failed) => toast({ words: explainDeed(failed), tone: "trouble" }),
  });
  return (
    <li className="flex items-center gap-3 px-4 py-2 hover:bg-ground">
      <ChannelIcon channel={row.channel} className="size-4.5 shrink-0 text-ink-2" />
      <Link to="/inbox/$conversationId" params={{ conversationId: row.id }} search={{}} className="min-w-0 flex-1 text-ink no-underline">
        <span className="flex items-baseline gap-2">
          <span className="sr-only">{w.common.channel[row.channel]}: </span>
          <span className="truncate font-semibold">{rowTitle(row)}</span>
          <DateTime at={row.last_activity_at} as="age" className="shrink-0 text-sm text-ink-2" />
          {row.needs_person && <Badge tone="fair">{w.live.needsPerson}</Badge>}
        </span>
        <span className="block truncate text-ink-2">{row.preview || row.subject || w.inbox.noWords}</span>
      </Link>
      {mayTake && <Button size="sm" busy={isPending} onClick={() => mutate()}><Hand className="size-4" />{w.live.takeOver}</Button>}
    </li>
  );
}
