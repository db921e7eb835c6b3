// SPDX-License-Identifier: Apache-2.0
// Below an open conversation: who answers, Ava or a person, with the button that changes it; and the
// box to write to the customer, or a note for the staff. What is typed, and the files that go along,
// are kept in this browser until they were taken, and are sent once.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Hand, Send, StickyNote, Undo2 } from "lucide-react";
import { useEffect, useRef, useState, type ClipboardEvent, type FormEvent, type KeyboardEvent } from "react";
import { flushSync } from "react-dom";
import { addNote, handBack, reply, showBusiness, takeOver, type ConversationDetail, type Hold } from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { useMe } from "../app/session";
import { freshKey } from "../lib/freshKey";
import { Button, cx, explainDeed, Tip } from "../ui";
import { useWords, words } from "../words";
import { clockTime } from "../words/times";
import { AttachButton, AttachedFiles, useDrop } from "./Attaching";
import { keepDraft, readDraft } from "./drafts";
import { limitsOf } from "./fileLimits";
import { Typers } from "./Presence";
import { knownOf, openPlace } from "./templates";
import { TemplatePicker } from "./TemplatePicker";
import { isReady, useAttachments } from "./useAttachments";
import type { usePresence } from "./usePresence";

function whoAnswers(held: Hold | null, active: boolean): string {
  const w = words().conversation.answer;
  if (!held) return active ? w.avaAnswers : w.over;
  return held.mine ? w.youAnswer(clockTime(held.until)) : w.otherAnswers(held.name, clockTime(held.until));
}

type Mode = "reply" | "note";

/** What is typed in one of the two modes, with the name under which it is sent once. */
function useDraft(id: string, mode: Mode) {
  const name = mode === "note" ? `${id}.note` : id;
  const [text, setText] = useState(() => readDraft(name));
  const key = useRef(freshKey());
  useEffect(() => keepDraft(name, text), [name, text]);
  return {
    text,
    key,
    change(value: string): void {
      if (value.trim() !== text.trim()) key.current = freshKey();
      setText(value);
    },
    /** Something else goes along with it now: it is another message. */
    differs(): void {
      key.current = freshKey();
    },
    sent(): void {
      key.current = freshKey();
      setText("");
    },
  };
}

interface ComposerProps {
  detail: ConversationDetail;
  presence: ReturnType<typeof usePresence>;
  /** Nothing can be sent where this came from: notes only. */
  notesOnly: boolean;
}

export function Composer({ detail, presence, notesOnly }: ComposerProps) {
  const w = useWords().conversation;
  const d = useWords().desk.templates;
  const client = useQueryClient();
  const { conversation, held_by: held } = detail;
  const me = useMe();
  const facts = useQuery({ queryKey: keys.business("facts"), queryFn: () => showBusiness() }).data?.facts;
  const [mode, setMode] = useState<Mode>(notesOnly ? "note" : "reply");
  const drafts = { reply: useDraft(conversation.id, "reply"), note: useDraft(conversation.id, "note") };
  const draft = drafts[mode];
  const box = useRef<HTMLTextAreaElement>(null);
  const form = useRef<HTMLFormElement>(null);
  const { channel } = conversation;
  const files = useAttachments(conversation.id, channel, drafts.reply.differs);
  const id = { conversation_id: conversation.id };
  const note = mode === "note";
  const active = conversation.status === "active";
  const shut = !note && held !== null && !held.mine;
  const takesFiles = !notesOnly && limitsOf(channel) !== undefined;
  const over = useDrop(form, takesFiles && !shut ? attach : null);

  function attach(chosen: readonly File[]): void {
    if (!chosen.length) return;
    setMode("reply");
    files.add(chosen);
  }

  // A picture says enough, but not in a letter.
  const says = draft.text.trim() !== "" || (!note && channel !== "email" && files.list.length > 0);
  const unfilled = !note && openPlace(draft.text) !== null;
  const ready = says && !shut && !unfilled && (note || (!files.busy && !files.list.some((f) => f.trouble)));

  const act = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onSettled: () => client.invalidateQueries({ queryKey: keys.conversation(conversation.id) }),
  });

  function submit(event?: FormEvent): void {
    event?.preventDefault();
    const content = draft.text.trim();
    if (!ready || act.isPending) return;
    const once = { idempotencyKey: draft.key.current };
    if (note) {
      act.mutate(() => addNote({ ...id, content }, once), { onSuccess: draft.sent });
      return;
    }
    const uploads = files.list.filter(isReady).map((f) => f.upload!);
    act.mutate(() => reply({ ...id, content, ...(uploads.length && { uploads }) }, once), {
      onSuccess: () => {
        draft.sent();
        files.sent();
        presence.rested();
      },
    });
  }

  /** Where the writing is, or instead of what is marked; then the first place that is still open. */
  function take(words: string): void {
    const from = box.current?.selectionStart ?? draft.text.length;
    const to = box.current?.selectionEnd ?? from;
    const text = draft.text.slice(0, from) + words + draft.text.slice(to);
    flushSync(() => draft.change(text)); // what is marked next has to stand there
    const open = openPlace(text);
    box.current?.focus();
    box.current?.setSelectionRange(open?.from ?? from + words.length, open?.to ?? from + words.length);
  }

  function pasted(event: ClipboardEvent): void {
    const chosen = [...event.clipboardData.files];
    if (note || !takesFiles || !chosen.length) return;
    event.preventDefault();
    attach(chosen);
  }

  function typed(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    }
    if (event.key === "Escape") {
      event.stopPropagation(); // what was typed is not to be lost
      event.preventDefault();
      box.current?.blur();
    }
  }

  function write(in_: Mode): void {
    setMode(in_);
    window.setTimeout(() => box.current?.focus());
  }

  const mayTake = !notesOnly && !held && active;
  const mine = held?.mine === true;
  function turn(): void {
    if (act.isPending) return;
    if (mine) act.mutate(() => handBack(id));
    else if (mayTake) act.mutate(() => takeOver(id));
  }
  const { group } = w.keys;
  useActions([
    ...(mine || mayTake ? [{ id: "take over", name: mine ? w.answer.handBack : w.answer.takeOver, group, keys: "t", run: turn }] : []),
    ...(notesOnly ? [] : [{ id: "reply", name: w.keys.reply, group, keys: "r", run: () => write("reply") }]),
    { id: "note", name: w.keys.note, group, keys: "n", run: () => write("note") },
  ]);

  const placeholder = note ? w.note.placeholder : mine ? w.answer.reply : w.answer.replyTakes;
  return (
    <form ref={form} className={cx("relative shrink-0 border-t border-line px-4 py-2.5 wide:px-6", note ? "bg-fair-soft" : "bg-panel")} onSubmit={submit}
          aria-label={notesOnly ? w.note.label : w.answer.label}>
      <div className="mb-1.5 flex min-h-8 items-center gap-3">
        {!notesOnly && <Modes mode={mode} write={write} />}
        <p className="min-w-0 flex-1 text-sm text-ink-2" role="status">{notesOnly ? "" : whoAnswers(held, active)}</p>
        {(mine || mayTake) && (
          <Tip words={w.keys.takeOver} keys="t" side="top">
            <Button size="sm" busy={act.isPending} onClick={turn}>
              {mine ? <Undo2 className="size-4" /> : <Hand className="size-4" />}{mine ? w.answer.handBack : w.answer.takeOver}
            </Button>
          </Tip>
        )}
      </div>
      {over && (
        <p className="pointer-events-none absolute inset-1 z-10 flex items-center justify-center rounded-lg border-2 border-dashed border-accent bg-accent-soft font-medium">
          {w.attach.drop}
        </p>
      )}
      {!note && <Typers others={presence.others} />}
      {!note && <AttachedFiles channel={channel} attachments={files} />}
      <div className="flex items-end gap-2">
        {!note && !shut && (
          <div className="flex flex-col wide:flex-row">
            <TemplatePicker channel={channel} known={knownOf(conversation.customer, me.name, facts)} take={take} />
            {takesFiles && <AttachButton channel={channel} attachments={files} />}
          </div>
        )}
        <label htmlFor="answering-text" className="sr-only">{note ? w.note.label : w.answer.reply}</label>
        <textarea ref={box} id="answering-text" rows={2} maxLength={10000} value={draft.text} disabled={shut} placeholder={placeholder}
                  onChange={(e) => { draft.change(e.target.value); if (!note) presence.typed(); }} onBlur={presence.rested} onKeyDown={typed} onPaste={pasted}
                  className="field-sizing-content max-h-60 min-h-15 min-w-0 max-wide:min-h-18 flex-1 resize-none rounded-md border border-line-strong bg-panel px-3 py-2 placeholder:text-ink-2 focus-visible:outline-offset-0 disabled:opacity-60" />
        <Tip words={w.keys.send} keys="Ctrl+Enter" side="top">
          <Button type="submit" look="main" busy={act.isPending || !ready}>
            {note ? <StickyNote className="size-4" /> : <Send className="size-4" />}{note ? w.note.add : w.answer.send}
          </Button>
        </Tip>
      </div>
      <p className="text-sm text-poor empty:hidden" role="alert">{act.isError ? explainDeed(act.error) : unfilled ? d.fillIn : ""}</p>
    </form>
  );
}

function Modes({ mode, write }: { mode: Mode; write: (mode: Mode) => void }) {
  const w = useWords().conversation.note;
  return (
    <div role="group" aria-label={w.mode} className="flex rounded-md border border-line bg-sunk p-0.5">
      {(["reply", "note"] as const).map((m) => (
        <button key={m} type="button" aria-pressed={mode === m} onClick={() => write(m)}
                className={cx("min-h-6 rounded-sm px-2 text-sm font-medium", mode === m ? "bg-panel text-ink shadow-card" : "text-ink-2 hover:text-ink")}>
          {m === "note" ? w.write : w.reply}
        </button>
      ))}
    </div>
  );
}
