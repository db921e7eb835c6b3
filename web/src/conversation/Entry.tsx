// SPDX-License-Identifier: Apache-2.0
// One entry of a conversation: a bubble for what was said, a card for a letter, turns for a call, a
// quiet line for what happened. What comes from outside is shown as text; a mail's HTML only in its
// frame.
import { Check, CheckCheck, ChevronDown, ChevronRight, CircleAlert, Clock, FileText, TriangleAlert } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Channel, EmailDetails, Event as CommunicationEvent, Message } from "../api";
import { Button, cx, DateTime, Loading } from "../ui";
import { useWords, words } from "../words";
import { fileSize } from "../words/times";
import { Call } from "./CallCard";
import { letterDelivery, textDelivery, type Delivery } from "./delivery";
import { eventWords } from "./events";
import { fileClass, Files } from "./Files";
import { NoteCard } from "./NoteCard";
import { attachmentsOf, splitQuote, type Entry as ThreadEntry } from "./thread";

const MailFrame = lazy(() => import("./MailFrame"));

export function Entry({ entry, channel }: { entry: ThreadEntry; channel: Channel }) {
  if (entry.kind === "note") return <NoteCard note={entry.note} />;
  if (entry.kind === "event") return <EventLine event={entry.event} />;
  const { message } = entry;
  if (message.voice || channel === "voice") return <Call message={message} />;
  if (message.email) return <Letter message={message} email={message.email} />;
  return <Bubble message={message} />;
}

/** Who of the staff has said it; null: Ava, or the customer. */
function colleague(message: Message): string | null {
  const notes = (message.metadata ?? {}) as Record<string, unknown>;
  if (message.direction === "inbound" || notes.said_by !== "staff") return null;
  return typeof notes.user === "string" && notes.user ? notes.user : words().common.staff;
}

function sender(message: Message): string {
  const w = words().common;
  return message.direction === "inbound" ? w.customer : colleague(message) ?? w.ava;
}

const eventTones = {
  quiet: "text-ink-2",
  attention: "mx-auto w-fit rounded-lg bg-fair-soft px-3 py-1 text-fair",
  trouble: "mx-auto w-fit rounded-lg bg-poor-soft px-3 py-1 text-poor",
};

function EventLine({ event }: { event: CommunicationEvent }) {
  const { words: said, tone } = eventWords(event);
  return (
    <li className={cx("event my-2 flex items-baseline justify-center gap-2 text-center text-sm [overflow-wrap:anywhere]", eventTones[tone])} data-tone={tone}>
      {tone !== "quiet" && <TriangleAlert className="size-4 shrink-0 self-center" aria-hidden="true" />}
      <span>{said}</span> <DateTime at={event.timestamp} className="shrink-0 tabular-nums" />
    </li>
  );
}

const steps: Record<Delivery["step"], typeof Check> = { waiting: Clock, sent: Check, delivered: CheckCheck, read: CheckCheck, failed: CircleAlert };

function Foot({ message, state }: { message: Message; state: Delivery | null }) {
  const out = message.direction === "outbound";
  const Drawing = state && steps[state.step];
  return (
    <p className={cx("mt-0.5 flex flex-wrap gap-x-2 px-1 text-sm text-ink-2", out && "justify-end text-right")}>
      {out && <span>{sender(message)}</span>}
      <DateTime at={message.sent_at} className="tabular-nums" />
      {state && Drawing && (
        <span data-failed={state.step === "failed" || undefined}
              className={cx("inline-flex items-center gap-1", state.step === "failed" && "font-medium text-poor", state.step === "read" && "text-accent-text")}>
          <Drawing className="size-3.5 shrink-0" aria-hidden="true" /><span>{state.words}</span>
        </span>
      )}
    </p>
  );
}

const side = (message: Message) => (message.direction === "outbound" ? "ml-auto items-end" : "items-start");

function Bubble({ message }: { message: Message }) {
  const out = message.direction === "outbound";
  return (
    <li className={cx("message my-2.5 flex w-fit max-w-[min(85%,34rem)] flex-col", side(message))} data-direction={message.direction}>
      {message.attachments && <Files files={message.attachments} sent={out} />}
      {(message.content || !message.attachments) && (
        <p className={cx("rounded-2xl border px-3.5 py-2 whitespace-pre-wrap [overflow-wrap:anywhere]",
                         out ? "rounded-br-sm border-transparent bg-accent-soft" : "rounded-bl-sm border-line bg-panel")}>
          <span className="sr-only">{sender(message)}: </span>{message.content}
        </p>
      )}
      <Foot message={message} state={message.sms ? textDelivery(message.sms) : null} />
    </li>
  );
}

function Letter({ message, email }: { message: Message; email: EmailDetails }) {
  const w = useWords().conversation;
  const out = message.direction === "outbound";
  const [designed, setDesigned] = useState(false);
  const files = message.attachments ? [] : attachmentsOf(message, w.unnamedFile);
  return (
    <li className={cx("message my-2.5 flex w-full max-w-[min(94%,42rem)] flex-col", side(message))} data-direction={message.direction}>
      <article className={cx("w-full rounded-xl border px-4 py-3", out ? "border-transparent bg-accent-soft" : "border-line bg-panel")}>
        <header className="mb-2.5 flex items-start gap-2 border-b border-line pb-2.5">
          <div className="min-w-0 flex-1">
            <h4 className="font-semibold [overflow-wrap:anywhere]">{email.subject || w.noSubject}</h4>
            <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">{w.to(email.from_address, email.to_address)}</p>
          </div>
          {email.body_html && (
            <Button look="quiet" size="sm" onClick={() => setDesigned(!designed)}>{designed ? w.asText : w.asSent}</Button>
          )}
        </header>
        {designed && email.body_html
          ? <Suspense fallback={<Loading rows={2} />}><MailFrame html={email.body_html} /></Suspense>
          : <LetterText text={message.content} />}
        {files.length > 0 && (
          <ul className="mt-3 flex flex-wrap gap-1.5" aria-label={w.attachments}>
            {files.map((f, i) => (
              <li key={i} className={fileClass}>
                <FileText className="size-4 shrink-0" aria-hidden="true" />{f.filename}{f.size !== null && <small className="text-ink-2">{fileSize(f.size)}</small>}
              </li>
            ))}
          </ul>
        )}
      </article>
      {message.attachments && <div className="mt-1.5"><Files files={message.attachments} sent={out} /></div>}
      <Foot message={message} state={out ? letterDelivery(email) : null} />
    </li>
  );
}

function LetterText({ text }: { text: string }) {
  const w = useWords().conversation;
  const [open, setOpen] = useState(false);
  const { own, quote } = splitQuote(text);
  return (
    <>
      <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{own}</p>
      {quote && (
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}
                className="mt-1.5 inline-flex items-center gap-1 rounded-sm text-sm text-ink-2 hover:text-ink">
          {open ? <ChevronDown className="size-4" /> : <ChevronRight className="size-4" />}{open ? w.hideQuote : w.showQuote}
        </button>
      )}
      {quote && open && <p className="mt-1.5 border-l-2 border-line pl-3 text-ink-2 whitespace-pre-wrap [overflow-wrap:anywhere]">{quote}</p>}
    </>
  );
}
