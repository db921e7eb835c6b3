// SPDX-License-Identifier: Apache-2.0
// One entry of a conversation: a bubble for what was said, a card for a letter, turns for a call, a
// quiet line for what happened. What comes from outside is shown as text; a mail's HTML only in its
// frame.
import { Check, CheckCheck, ChevronDown, ChevronRight, CircleAlert, Clock, FileText, TriangleAlert, Wrench } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import type { Channel, EmailDetails, Event as CommunicationEvent, Message } from "../api";
import { Button, cx, DateTime, Loading } from "../ui";
import { useWords, words } from "../words";
import { duration, fileSize, offset } from "../words/times";
import { letterDelivery, textDelivery, type Delivery } from "./delivery";
import { eventWords } from "./events";
import { fileClass, Files } from "./Files";
import { NoteCard } from "./NoteCard";
import {
  attachmentsOf, callEntries, splitQuote, webAddress, type CallEntry, type Entry as ThreadEntry, type ToolRun,
} from "./thread";

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

function Call({ message }: { message: Message }) {
  const w = useWords().conversation.call;
  const entries = callEntries(message);
  const { voice } = message;
  const interruptions = voice?.interruption_count ?? 0;
  const recording = webAddress(voice?.recording_url);
  return (
    <li className="my-3">
      <article aria-label={w.title} className="rounded-xl border border-line bg-panel">
        <header className="flex flex-wrap items-baseline gap-x-4 gap-y-1 border-b border-line px-4 py-2.5 text-ink-2">
          <h4 className="font-semibold text-ink">{w.title}</h4>
          {voice && <span className="tabular-nums">{duration(voice.duration_seconds)}</span>}
          {interruptions > 0 && <span>{w.interruptions(interruptions)}</span>}
          {recording && <a href={recording} target="_blank" rel="noreferrer" className="text-accent-text underline">{w.recording}</a>}
          <DateTime at={message.sent_at} className="ml-auto tabular-nums" />
        </header>
        {entries.length === 0 && <p className="px-4 py-2.5 text-ink-2">{w.noWords}</p>}
        <ol className="turns px-4 py-2">{entries.map((entry, i) => <CallLine key={i} entry={entry} />)}</ol>
      </article>
    </li>
  );
}

function CallLine({ entry }: { entry: CallEntry }) {
  const w = useWords();
  if (entry.kind === "tool") return <Tool tool={entry.tool} />;
  const { turn } = entry;
  return (
    <li data-direction={turn.customer ? "inbound" : "outbound"} className="turn grid grid-cols-[auto_1fr] gap-x-2 py-1 wide:grid-cols-[3.5rem_2.25rem_minmax(0,1fr)]">
      <span className={cx("font-semibold", turn.customer ? "text-ink-2" : "text-accent-text")}>{turn.customer ? w.conversation.caller : w.common.ava}</span>
      <span className="text-sm leading-(--text-base--line-height) text-ink-2 tabular-nums">{turn.seconds !== null && offset(turn.seconds)}</span>
      <p className="col-span-2 whitespace-pre-wrap [overflow-wrap:anywhere] wide:col-span-1">
        {turn.text}{turn.interrupted && <span className="ml-1.5 text-sm text-fair">— {w.conversation.call.interrupted}</span>}
      </p>
    </li>
  );
}

const isSomething = (v: unknown): boolean => v !== null && v !== undefined && JSON.stringify(v) !== "{}";

function Tool({ tool }: { tool: ToolRun }) {
  const w = useWords().conversation.call;
  const said = tool.failed ? w.toolFailed(tool.name) : w.tool(tool.name);
  const head = (
    <>
      <Wrench className="size-3.5 shrink-0" aria-hidden="true" /><span>{said}</span>
      {tool.seconds !== null && <span className="tabular-nums">{offset(tool.seconds)}</span>}
    </>
  );
  const look = cx("flex items-center gap-1.5 py-1 text-sm wide:pl-25", tool.failed ? "text-poor" : "text-ink-2");
  if (!isSomething(tool.args) && !isSomething(tool.result)) return <li className={look}>{head}</li>;
  return (
    <li>
      <details>
        <summary className={cx(look, "rounded-sm hover:text-ink")}>{head}</summary>
        <dl className="mb-2 grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-1 rounded-md bg-sunk p-2.5 text-sm wide:ml-25">
          {isSomething(tool.args) && <><dt className="text-ink-2">{w.given}</dt><dd className="[overflow-wrap:anywhere]"><code>{JSON.stringify(tool.args)}</code></dd></>}
          {isSomething(tool.result) && <><dt className="text-ink-2">{w.came}</dt><dd className="[overflow-wrap:anywhere]"><code>{JSON.stringify(tool.result)}</code></dd></>}
        </dl>
      </details>
    </li>
  );
}
