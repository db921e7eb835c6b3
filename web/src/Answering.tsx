// SPDX-License-Identifier: Apache-2.0
// Who answers, below an open conversation: Ava or a person, the buttons that change it, and the box
// to write to the customer. What is typed stays until it was taken, and is sent once.
import { useRef, useState, type FormEvent, type KeyboardEvent } from "react";
import { ApiError, handBack, reply, takeOver, type ConversationDetail, type Hold } from "./api";
import { clockTime } from "./words";

interface AnsweringProps {
  detail: ConversationDetail;
  refresh: () => void;
}

function explain(e: unknown): string {
  if (!(e instanceof ApiError)) return "The server could not be reached. Try again.";
  return e.status >= 500 && e.status !== 501 ? "The server could not do it. Try again in a moment." : e.message;
}

function whoAnswers(held: Hold | null, active: boolean): string {
  if (!held) return active ? "Ava answers" : "This conversation is over";
  return `${held.mine ? "You answer" : `${held.name} answers`} until ${clockTime(held.until)}`;
}

/** A name for one message, so that sending it again after a lost answer does not send it twice. */
function freshKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
}

export function Answering({ detail, refresh }: AnsweringProps) {
  const { conversation, held_by: held } = detail;
  const [text, setText] = useState("");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const key = useRef(freshKey());
  const id = { conversation_id: conversation.id };
  const active = conversation.status === "active";
  const others = held !== null && !held.mine;

  async function act(what: () => Promise<unknown>): Promise<boolean> {
    if (busy) return false;
    setBusy(true);
    setError("");
    try {
      await what();
      return true;
    } catch (e) {
      setError(explain(e));
      return false;
    } finally {
      setBusy(false);
      refresh();
    }
  }

  async function submit(event?: FormEvent): Promise<void> {
    event?.preventDefault();
    const content = text.trim();
    if (content && await act(() => reply({ ...id, content }, { idempotencyKey: key.current }))) {
      key.current = freshKey();
      setText("");
    }
  }

  function change(value: string): void {
    if (value.trim() !== text.trim()) key.current = freshKey();
    setText(value);
  }

  function typed(event: KeyboardEvent): void {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void submit();
    if (event.key === "Escape" && text) event.stopPropagation(); // what was typed is not to be lost
  }

  return (
    <form className="answering" onSubmit={(e) => void submit(e)} aria-label="Answer">
      <p className="answering-who" role="status">{whoAnswers(held, active)}</p>
      {held?.mine && (
        <button type="button" className="button" aria-disabled={busy} onClick={() => void act(() => handBack(id))}>
          Hand back
        </button>
      )}
      {!held && active && (
        <button type="button" className="button" aria-disabled={busy} onClick={() => void act(() => takeOver(id))}>
          Take over
        </button>
      )}
      <label htmlFor="answering-text" className="hidden">Reply to the customer</label>
      <textarea id="answering-text" rows={2} maxLength={10000} value={text} disabled={others}
                placeholder={held?.mine ? "Reply to the customer" : "Reply, which takes the conversation over"}
                onChange={(e) => change(e.target.value)} onKeyDown={typed} />
      <button type="submit" className="button button-main" aria-disabled={busy || others || !text.trim()}>Send</button>
      <p className="answering-error" role="alert">{error}</p>
    </form>
  );
}
