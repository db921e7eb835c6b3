// SPDX-License-Identifier: Apache-2.0
// A note of the staff, between the messages and unlike them: the customer never sees it.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { StickyNote, Trash2 } from "lucide-react";
import { addNote, deleteNote, type Note } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { DateTime, explainDeed, IconButton, toast } from "../ui";
import { useWords } from "../words";

export function NoteCard({ note }: { note: Note }) {
  const w = useWords().conversation.note;
  const client = useQueryClient();
  const mayForce = useMay("conversations.force");
  const id = note.conversation_id;
  const again = (): Promise<void> => client.invalidateQueries({ queryKey: keys.conversation(id) });
  const failed = (error: unknown): void => toast({ words: explainDeed(error), tone: "trouble" });
  const back = useMutation({ mutationFn: () => addNote({ conversation_id: id, content: note.content }), onSuccess: again, onError: failed });
  const remove = useMutation({
    mutationFn: () => deleteNote({ note_id: note.id }),
    onSuccess: () => {
      void again();
      // Put back it is the same words again, by who puts them back.
      toast({ words: w.removed, ...(note.mine ? { undo: () => back.mutate() } : {}) });
    },
    onError: failed,
  });
  return (
    <li className="note mx-auto my-3 w-full max-w-xl rounded-lg border-l-4 border-fair bg-fair-soft px-3.5 py-2">
      <p className="flex items-center gap-1.5 text-sm text-fair">
        <StickyNote className="size-3.5 shrink-0" aria-hidden="true" />
        <span className="font-medium">{w.by(note.author)}</span><DateTime at={note.created_at} className="tabular-nums" />
        {(note.mine || mayForce) && (
          <IconButton size="sm" label={w.remove} icon={<Trash2 className="size-3.5" />} className="-my-1 ml-auto text-fair! hover:bg-current/10!"
                      busy={remove.isPending} onClick={() => remove.mutate()} />
        )}
      </p>
      <p className="mt-0.5 whitespace-pre-wrap [overflow-wrap:anywhere]">{note.content}</p>
    </li>
  );
}
