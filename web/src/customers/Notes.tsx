// SPDX-License-Identifier: Apache-2.0
// What the staff note of a customer: written above the timeline, and standing in it beside what they noted
// in conversations. Never sent.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Trash2 } from "lucide-react";
import { useRef, useState, type FormEvent, type KeyboardEvent, type ReactNode } from "react";
import { addCustomerNote, deleteCustomerNote, deleteNote, type CustomerNote } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { freshKey } from "../lib/freshKey";
import { Button, DateTime, explainDeed, IconButton, TextArea, toast } from "../ui";
import { useWords } from "../words";

export function NoteForm({ customer }: { customer: number }) {
  const w = useWords();
  const client = useQueryClient();
  const mayWrite = useMay("customers.write");
  const key = useRef(freshKey());
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const add = useMutation({
    mutationFn: () => addCustomerNote({ customer_id: customer, content: text.trim() }, { idempotencyKey: key.current }),
    onSuccess: () => {
      key.current = freshKey();
      setText("");
      setOpen(false);
      void client.invalidateQueries({ queryKey: keys.timeline(customer) });
    },
  });

  function submit(event?: FormEvent): void {
    event?.preventDefault();
    if (text.trim() && !add.isPending) add.mutate();
  }

  function keyed(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && !text.trim()) {
      event.stopPropagation();
      setOpen(false);
    }
  }

  if (!mayWrite) return null;
  const large = open || text !== "";
  return (
    <form onSubmit={submit} className="mt-2 flex flex-col gap-2">
      <TextArea rows={large ? 3 : 1} maxLength={10000} aria-label={w.customers.note} placeholder={w.customers.noteHint} value={text} className="min-h-9"
                onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={keyed} onChange={(e) => { key.current = freshKey(); setText(e.target.value); }} />
      {text.trim() !== "" && (
        <div className="flex items-center justify-end gap-3">
          <p className="min-w-0 flex-1 text-sm text-poor" role="alert">{add.error ? explainDeed(add.error) : ""}</p>
          <Button type="submit" look="main" size="sm" busy={add.isPending}>{w.customers.noteAdd}</Button>
        </div>
      )}
    </form>
  );
}

export function CustomerNoteRow({ note, customer, icon }: { note: CustomerNote; customer: number; icon: ReactNode }) {
  const w = useWords();
  const client = useQueryClient();
  const mayWrite = useMay("customers.write");
  const mayForce = useMay("conversations.force");
  const mayRead = useMay("conversations.read");
  const again = (): void => void client.invalidateQueries({ queryKey: keys.timeline(customer) });
  const failed = (error: unknown): void => toast({ words: explainDeed(error), tone: "trouble" });
  const back = useMutation({ mutationFn: () => addCustomerNote({ customer_id: customer, content: note.content }), onSuccess: again, onError: failed });
  const remove = useMutation({
    mutationFn: () => (note.conversation_id ? deleteNote : deleteCustomerNote)({ note_id: note.id }),
    onSuccess: () => {
      again();
      // Put back it is the same words again, by who puts them back.
      toast({ words: w.conversation.note.removed, ...(note.mine && !note.conversation_id ? { undo: () => back.mutate() } : {}) });
    },
    onError: failed,
  });
  return (
    <div className="flex gap-3 bg-fair-soft px-4 py-2.5">
      <span className="pt-0.5 text-fair">{icon}</span>
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-3 text-sm text-ink-2">
          <span className="min-w-0 flex-1 truncate font-medium">{w.conversation.note.by(note.author)}</span>
          <DateTime at={note.created_at} className="shrink-0 tabular-nums" />
          {(note.mine || mayForce) && mayWrite && (
            <IconButton size="sm" label={w.conversation.note.remove} icon={<Trash2 className="size-3.5" />} className="-my-1" busy={remove.isPending} onClick={() => remove.mutate()} />
          )}
        </p>
        <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{note.content}</p>
        {note.conversation_id && mayRead && (
          <Link to="/inbox/$conversationId" params={{ conversationId: note.conversation_id }} preload={false} className="text-sm text-accent-text hover:underline">{w.customers.noteWhere}</Link>
        )}
      </div>
    </div>
  );
}
