// SPDX-License-Identifier: Apache-2.0
// What the staff do with a conversation as a whole, in its head.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleCheck, RotateCcw } from "lucide-react";
import { completeConversation, reopenConversation, type Conversation, type ConversationDetail } from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { Button, explainDeed, Tip, toast } from "../ui";
import { useWords } from "../words";

/** Does it, shows what came of it at once, and says why when it could not be done. */
export function useWork(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: () => Promise<Conversation>) => what(),
    onSuccess: (conversation) => {
      client.setQueryData<ConversationDetail>(keys.conversation(id), (was) => was && { ...was, conversation: { ...was.conversation, ...conversation } });
    },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
  });
}

export function Work({ of }: { of: Conversation }) {
  const w = useWords().conversation;
  const may = useMay("conversations.write");
  const work = useWork(of.id);
  const id = { conversation_id: of.id };
  const active = of.status === "active";

  function complete(): void {
    if (work.isPending) return;
    work.mutate(() => completeConversation(id), {
      onSuccess: () => toast({ words: w.answer.completed, undo: () => work.mutate(() => reopenConversation(id)) }),
    });
  }
  function reopen(): void {
    if (work.isPending) return;
    work.mutate(() => reopenConversation(id), { onSuccess: () => toast({ words: w.answer.reopened }) });
  }
  const turn = active ? complete : reopen;
  useActions(may ? [{ id: "complete", name: active ? w.answer.complete : w.answer.reopen, group: w.keys.group, keys: "e", run: turn }] : []);

  if (!may) return null;
  return (
    <Tip words={w.keys.complete} keys="e">
      <Button size="sm" busy={work.isPending} onClick={turn}>
        {active ? <CircleCheck className="size-4" /> : <RotateCcw className="size-4" />}
        <span className="max-wide:sr-only">{active ? w.answer.complete : w.answer.reopen}</span>
      </Button>
    </Tip>
  );
}
