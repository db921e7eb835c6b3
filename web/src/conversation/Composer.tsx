// SPDX-License-Identifier: Apache-2.0
// Who answers, below an open conversation: Ava or a person, the buttons that change it, and the box
// to write to the customer. What is typed is kept in this browser until it was taken, and is sent once.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Hand, Send, Undo2 } from "lucide-react";
import { useEffect, useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { handBack, reply, takeOver, type ConversationDetail, type Hold } from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { Button, explainDeed, Tip } from "../ui";
import { useWords, words } from "../words";
import { clockTime } from "../words/times";
import { dropDraft, keepDraft, readDraft } from "./drafts";

function whoAnswers(held: Hold | null, active: boolean): string {
  const w = words().conversation.answer;
  if (!held) return active ? w.avaAnswers : w.over;
  return held.mine ? w.youAnswer(clockTime(held.until)) : w.otherAnswers(held.name, clockTime(held.until));
}

/** A name for one message, so that sending it again after a lost answer does not send it twice. */
function freshKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

export function Composer({ detail }: { detail: ConversationDetail }) {
  const w = useWords().conversation;
  const client = useQueryClient();
  const { conversation, held_by: held } = detail;
  const [text, setText] = useState(() => readDraft(conversation.id));
  const box = useRef<HTMLTextAreaElement>(null);
  const key = useRef(freshKey());
  const id = { conversation_id: conversation.id };
  const active = conversation.status === "active";
  const others = held !== null && !held.mine;

  const act = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onSettled: () => client.invalidateQueries({ queryKey: keys.conversation(conversation.id) }),
  });

  useEffect(() => keepDraft(conversation.id, text), [conversation.id, text]);

  function submit(event?: FormEvent): void {
    event?.preventDefault();
    const content = text.trim();
    if (!content || act.isPending || others) return;
    act.mutate(() => reply({ ...id, content }, { idempotencyKey: key.current }), {
      onSuccess: () => {
        key.current = freshKey();
        setText("");
        dropDraft(conversation.id);
      },
    });
  }

  function change(value: string): void {
    if (value.trim() !== text.trim()) key.current = freshKey();
    setText(value);
  }

  function typed(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape") {
      event.stopPropagation(); // what was typed is not to be lost
      box.current?.blur();
    }
  }

  const mayTake = !held && active;
  const turn = (): void => {
    if (act.isPending) return;
    if (held?.mine) act.mutate(() => handBack(id));
    else if (mayTake) act.mutate(() => takeOver(id));
  };
  useActions([
    ...(held?.mine || mayTake
      ? [{ id: "take over", name: held?.mine ? w.answer.handBack : w.answer.takeOver, group: w.keys.group, keys: "t", run: turn }]
      : []),
    ...(others ? [] : [{ id: "reply", name: w.keys.reply, group: w.keys.group, keys: "r", run: () => box.current?.focus() }]),
  ]);

  return (
    <form className="shrink-0 border-t border-line bg-panel px-4 py-2.5 wide:px-6" onSubmit={submit} aria-label={w.answer.label}>
      <div className="mb-1.5 flex min-h-8 items-center gap-2">
        <p className="flex-1 text-sm text-ink-2" role="status">{whoAnswers(held, active)}</p>
        {held?.mine && <Tip words={w.keys.takeOver} keys="t" side="top"><Button size="sm" busy={act.isPending} onClick={turn}><Undo2 className="size-4" />{w.answer.handBack}</Button></Tip>}
        {mayTake && <Tip words={w.keys.takeOver} keys="t" side="top"><Button size="sm" busy={act.isPending} onClick={turn}><Hand className="size-4" />{w.answer.takeOver}</Button></Tip>}
      </div>
      <div className="flex items-end gap-2">
        <label htmlFor="answering-text" className="sr-only">{w.answer.reply}</label>
        <textarea ref={box} id="answering-text" rows={2} maxLength={10000} value={text} disabled={others}
                  placeholder={held?.mine ? w.answer.reply : w.answer.replyTakes}
                  onChange={(e) => change(e.target.value)} onKeyDown={typed}
                  className="field-sizing-content max-h-60 min-h-15 min-w-0 flex-1 resize-none rounded-md border border-line-strong bg-panel px-3 py-2 placeholder:text-ink-2 focus-visible:outline-offset-0 disabled:opacity-60" />
        <Tip words={w.keys.send} keys="Ctrl+Enter" side="top">
          <Button type="submit" look="main" busy={act.isPending || others || !text.trim()}><Send className="size-4" />{w.answer.send}</Button>
        </Tip>
      </div>
      <p className="text-sm text-poor empty:hidden" role="alert">{act.isError ? explainDeed(act.error) : ""}</p>
    </form>
  );
}
