// SPDX-License-Identifier: Apache-2.0
// One conversation: who, how it stands, and everything said and done in order of time. New entries
// appear below; the reader is taken along only when already at the end.
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { ApiError, type Conversation as ConversationHead, type ConversationDetail } from "./api";
import { Answering } from "./Answering";
import { Score, Status } from "./ConversationList";
import { Entry } from "./Entry";
import { BackIcon, ChannelIcon, DownIcon } from "./icons";
import { Link } from "./Link";
import type { Place } from "./location";
import { Failure, Nothing } from "./states";
import { layOut } from "./thread";
import type { Fetched } from "./useFetched";
import { useNow } from "./useNow";
import {
  channelWord, clockTime, customerTitle, dayName, fullTime, mailAddress, outcomeWord, phoneWords,
} from "./words";

interface ConversationProps {
  place: Place;
  fetched: Fetched<ConversationDetail>;
  close: () => void;
  /** Whoever looks may answer too. */
  mayAnswer: boolean;
}

/** Where a message of the staff can be sent to. */
const answerable: readonly string[] = ["sms", "whatsapp", "email", "web"];

export function Conversation({ place, fetched, close, mayAnswer }: ConversationProps) {
  const { data, error, loading, refresh } = fetched;

  function key(event: KeyboardEvent): void {
    if (event.key === "Escape") close();
  }

  if (error instanceof ApiError && (error.status === 404 || error.status === 400)) {
    return (
      <Nothing title="There is no such conversation">
        <Link to={{ ...place, conversation: null }}>Back to the list</Link>
      </Nothing>
    );
  }
  return (
    <div className="conversation" onKeyDown={key}>
      {error && <Failure error={error} retry={refresh} />}
      {loading && (
        <div className="skeleton" role="status">
          <span className="hidden">Loading the conversation</span>
          <div className="skeleton-head" />
          {[0, 1, 2].map((i) => <div key={i} className="skeleton-bubble" />)}
        </div>
      )}
      {data && <Head of={data.conversation} place={place} />}
      {data && <Thread detail={data} />}
      {data && mayAnswer && answerable.includes(data.conversation.channel) && (
        <Answering detail={data} refresh={refresh} />
      )}
    </div>
  );
}

function Head({ of, place }: { of: ConversationHead; place: Place }) {
  const title = useRef<HTMLHeadingElement>(null);
  const { customer } = of;
  const who = customerTitle(customer, of.channel);
  const phone = customer?.phone && phoneWords(customer.phone);

  // On a phone the list has made way: the focus goes on with what is shown.
  useEffect(() => {
    if (document.activeElement === document.body || !document.activeElement?.checkVisibility()) {
      title.current?.focus();
    }
  }, []);

  return (
    <header className="head">
      <Link to={{ ...place, conversation: null }} className="head-back button" aria-label="Back to the list">
        <BackIcon />
      </Link>
      <h2 ref={title} tabIndex={-1}>{who}</h2>
      <p className="head-reach">
        {phone && phone !== who && <a href={`tel:${customer?.phone}`}>{phone}</a>}
        {customer?.email && customer.email !== who && <a href={`mailto:${mailAddress(customer.email)}`}>{customer.email}</a>}
      </p>
      <dl className="head-facts">
        <Fact name="Channel" plain><ChannelIcon channel={of.channel} />{channelWord[of.channel]}</Fact>
        <Fact name="Status" plain><Status status={of.status} /></Fact>
        {of.outcome && <Fact name="Outcome">{outcomeWord[of.outcome]}</Fact>}
        {of.satisfaction_score !== null && (
          <Fact name="Satisfaction">
            <Score score={of.satisfaction_score} />{of.sentiment && <span className="head-mood">{of.sentiment}</span>}
          </Fact>
        )}
        <Fact name="Began"><Began at={of.initiated_at} /></Fact>
      </dl>
      {of.subject && <p className="head-subject">{of.subject}</p>}
      {of.ai_summary && <p className="head-summary">{of.ai_summary}</p>}
    </header>
  );
}

function Began({ at }: { at: string }) {
  const now = useNow();
  return <time dateTime={at} title={fullTime(at)}>{dayName(at, now)}, {clockTime(at)}</time>;
}

/** `plain`: what it is can be seen from the value. */
function Fact({ name, plain, children }: { name: string; plain?: boolean; children: ReactNode }) {
  return (
    <div>
      <dt className={plain ? "hidden" : undefined}>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A finished call is read from its beginning; everything else from its end. */
function readsFromStart(of: ConversationHead): boolean {
  return of.channel === "voice" && of.status !== "active";
}

const nearEndPx = 80;

function Thread({ detail }: { detail: ConversationDetail }) {
  const days = useMemo(() => layOut(detail), [detail]);
  const scroller = useRef<HTMLDivElement>(null);
  const atEnd = useRef(!readsFromStart(detail.conversation));
  const count = detail.messages.length;
  const seen = useRef(count);
  const [unseen, setUnseen] = useState(false);
  const now = useNow();

  function toEnd(): void {
    scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  }

  function scrolled(): void {
    const el = scroller.current;
    if (!el) return;
    atEnd.current = el.scrollHeight - el.scrollTop - el.clientHeight < nearEndPx;
    if (atEnd.current) setUnseen(false);
  }

  useLayoutEffect(() => {
    if (atEnd.current) toEnd();
    else if (count > seen.current) setUnseen(true);
    seen.current = count;
  }, [days, count]);

  return (
    <div className="thread-box">
      <div className="thread" ref={scroller} onScroll={scrolled} tabIndex={0} role="log"
           aria-label="Messages and events">
        {days.length === 0 && <Nothing title="Nothing has been said yet" />}
        {days.map((day) => (
          <section key={day.at} className="day" aria-label={dayName(day.at, now)}>
            <h3 className="day-name"><time dateTime={day.at}>{dayName(day.at, now)}</time></h3>
            <ol>
              {day.entries.map((entry) => <Entry key={entry.id} entry={entry} channel={detail.conversation.channel} />)}
            </ol>
          </section>
        ))}
      </div>
      {unseen && (
        <button type="button" className="button thread-newer" onClick={toEnd}><DownIcon />New message</button>
      )}
    </div>
  );
}
