// SPDX-License-Identifier: Apache-2.0
// The other side: the newest conversation with who is played, as the desk has it, kept by the live
// socket.
import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ExternalLink, MonitorSmartphone } from "lucide-react";
import { listConversations, showConversation, type Channel, type ConversationDetail } from "../api";
import { keys } from "../app/query";
import { useChanges } from "../app/useLive";
import { Entry } from "../conversation/Entry";
import { layOut } from "../conversation/thread";
import { Spoken } from "../live/Spoken";
import { Score, Status } from "../inbox/Row";
import { buttonClass, Failure, Nothing } from "../ui";
import { useWords } from "../words";
import { customerTitle } from "../words/people";
import { Log } from "./Bubbles";
import type { Word } from "./sandbox";

interface DeskProps {
  channel: Channel;
  /** The customer's number or address. */
  who: string;
  /** Of the call that is shown: known before its words are written. */
  conversation: string | null | undefined;
  going: boolean;
  /** What has been said in it so far, as Ava has it. */
  words: readonly Word[];
}

export function Desk({ channel, who, conversation, going, words }: DeskProps) {
  const w = useWords().tryAva;
  const client = useQueryClient();
  const key = ["try", "desk", channel, who];
  const found = useQuery({
    queryKey: key,
    queryFn: async () => (await listConversations({ channel, q: who, page_size: 1 })).conversations[0]?.id ?? null,
    enabled: conversation === undefined && who !== "",
    staleTime: 0,
  });
  useChanges((changes) => {
    if (!changes || changes.some((c) => c.conversation_id !== null)) void client.invalidateQueries({ queryKey: key });
  });
  const id = conversation ?? found.data ?? null;
  const { data, error, refetch } = useQuery({
    queryKey: keys.conversation(id ?? ""),
    queryFn: () => showConversation({ conversation_id: id ?? "" }),
    enabled: id !== null,
    placeholderData: keepPreviousData,
  });
  const failed = error ?? found.error;
  if (failed) return <Failure error={failed} retry={() => void (error ? refetch() : found.refetch())} />;
  if (!id || !data) {
    return <Nothing icon={<MonitorSmartphone />} title={w.deskNone}><p>{going ? w.call.going : w.deskNoneWhy}</p></Nothing>;
  }
  return <Shown detail={data} going={going} words={words} />;
}

function Shown({ detail, going, words }: { detail: ConversationDetail; going: boolean; words: readonly Word[] }) {
  const w = useWords();
  const { conversation: of } = detail;
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line px-4 py-2">
        <p className="min-w-0 truncate font-semibold">{customerTitle(of.customer, of.channel)}</p>
        <span className="flex items-center gap-4 text-sm"><Status status={of.status} /></span>
        {of.outcome && <span className="text-sm text-ink-2">{w.common.outcome[of.outcome]}</span>}
        <Score score={of.satisfaction_score} className="text-sm" />
        <Link to="/inbox/$conversationId" params={{ conversationId: of.id }} search={{}} className={buttonClass("quiet", "sm", "ml-auto")}>
          <ExternalLink className="size-4" />{w.tryAva.open}
        </Link>
      </div>
      <Log label={w.conversation.thread} count={`${detail.messages.length} ${detail.events.length} ${words.length}`}>
        <ol className="mt-auto">
          {layOut(detail).flatMap((day) => day.entries).map((entry) => <Entry key={entry.id} entry={entry} channel={of.channel} />)}
        </ol>
        {going && <Spoken turns={words.map((one) => ({ customer: one.speaker !== "assistant", text: one.text, seconds: one.timestamp, interrupted: one.interrupted === true }))} />}
      </Log>
    </>
  );
}
