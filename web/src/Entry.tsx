// SPDX-License-Identifier: Apache-2.0
// One entry of a conversation: a bubble for what was said, a card for a letter, turns for a call, a
// quiet line for what happened. Everything from outside is shown as text, never as markup.
import type { Channel, Event as CommunicationEvent, Message } from "./api";
import { Files } from "./Files";
import { FileIcon, WarningIcon } from "./icons";
import { attachmentsOf, callActions, callTurns, webAddress, type Entry as ThreadEntry } from "./thread";
import {
  clockTime, delivery, duration, eventWords, fileSize, fullTime, letterDelivery, offset,
} from "./words";

export function Entry({ entry, channel }: { entry: ThreadEntry; channel: Channel }) {
  if (entry.kind === "event") return <EventLine event={entry.event} />;
  const { message } = entry;
  if (message.voice || channel === "voice") return <Call message={message} />;
  if (message.email) return <Letter message={message} />;
  return <Bubble message={message} />;
}

/** Who of the staff has said it; null: Ava, or the customer. */
function colleague(message: Message): string | null {
  const notes = (message.metadata ?? {}) as Record<string, unknown>;
  if (message.direction === "inbound" || notes.said_by !== "staff") return null;
  return typeof notes.user === "string" && notes.user ? notes.user : "Staff";
}

function sender(message: Message): string {
  return message.direction === "inbound" ? "Customer" : colleague(message) ?? "Ava";
}

function At({ at }: { at: string }) {
  return <time dateTime={at} title={fullTime(at)}>{clockTime(at)}</time>;
}

function EventLine({ event }: { event: CommunicationEvent }) {
  const { words, tone } = eventWords(event);
  return (
    <li className="event" data-tone={tone}>
      {tone !== "quiet" && <WarningIcon />}
      <span>{words}</span> <At at={event.timestamp} />
    </li>
  );
}

function Bubble({ message }: { message: Message }) {
  const state = message.sms && delivery(message.sms);
  return (
    <li className="message" data-direction={message.direction}>
      {message.attachments && <Files files={message.attachments} />}
      {(message.content || !message.attachments) && (
        <p className="bubble"><span className="hidden">{sender(message)}: </span>{message.content}</p>
      )}
      <p className="message-foot">
        <At at={message.sent_at} />
        {colleague(message) && <span>{colleague(message)}</span>}
        {state && <span data-failed={state.failed || undefined}>{state.words}</span>}
      </p>
    </li>
  );
}

function Letter({ message }: { message: Message }) {
  const { email } = message;
  if (!email) return null;
  const files = message.attachments ? [] : attachmentsOf(message);
  const state = message.direction === "outbound" ? letterDelivery(email) : null;
  return (
    <li className="message letter" data-direction={message.direction}>
      <article className="bubble">
        <h4>{email.subject || "No subject"}</h4>
        <p className="letter-way">{email.from_address} to {email.to_address}</p>
        <p className="letter-text">{message.content}</p>
        {files.length > 0 && (
          <ul className="letter-files" aria-label="Attachments">
            {files.map((f, i) => (
              <li key={i}><FileIcon />{f.filename}{f.size !== null && <small>{fileSize(f.size)}</small>}</li>
            ))}
          </ul>
        )}
      </article>
      {message.attachments && <Files files={message.attachments} />}
      <p className="message-foot">
        <At at={message.sent_at} />
        {colleague(message) && <span>{colleague(message)}</span>}
        {state && <span data-failed={state.failed || undefined}>{state.words}</span>}
      </p>
    </li>
  );
}

function Call({ message }: { message: Message }) {
  const turns = callTurns(message);
  const actions = callActions(message);
  const { voice } = message;
  const interruptions = voice?.interruption_count ?? 0;
  const recording = webAddress(voice?.recording_url);
  return (
    <li className="call">
      <article aria-label="Call">
        <header className="call-head">
          <h4>Call</h4>
          {voice && <span>{duration(voice.duration_seconds)}</span>}
          {interruptions > 0 && <span>{interruptions === 1 ? "1 interruption" : `${interruptions} interruptions`}</span>}
          {recording && <a href={recording} target="_blank" rel="noreferrer">Recording</a>}
          <At at={message.sent_at} />
        </header>
        {turns.length === 0 && <p className="call-empty">No words were recorded.</p>}
        <ol className="turns">
          {turns.map((turn, i) => (
            <li key={i} data-direction={turn.customer ? "inbound" : "outbound"}>
              <span className="turn-who">{turn.customer ? "Caller" : "Ava"}</span>
              <span className="turn-at">{turn.seconds !== null && offset(turn.seconds)}</span>
              <p>{turn.text}</p>
            </li>
          ))}
        </ol>
        {actions.length > 0 && (
          <p className="call-actions">Done during the call: {actions.map((a) => a.replaceAll("_", " ")).join(", ")}</p>
        )}
      </article>
    </li>
  );
}
