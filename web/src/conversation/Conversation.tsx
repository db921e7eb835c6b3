// SPDX-License-Identifier: Apache-2.0
// One conversation: who, how it stands, and everything said and done in order of time. New entries
// appear below; the reader is taken along only when already at the end.
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { ArrowDown, ChevronLeft, PanelRight } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { ApiError, showConversation, type Conversation as ConversationHead, type ConversationDetail } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import type { Person } from "../app/useLive";
import { Score, Status } from "../inbox/Row";
import { isConversationId } from "../inbox/search";
import { kept } from "../lib/kept";
import { phoneWords, usePhones } from "../lib/phone";
import { Badge, Button, buttonClass, ChannelIcon, DateTime, Failure, IconButton, Loading, Nothing, Shape, useNow } from "../ui";
import { useWords } from "../words";
import { customerTitle } from "../words/people";
import { dayName } from "../words/times";
import { Composer } from "./Composer";
import { Entry } from "./Entry";
import { OtherConversations } from "./OtherConversations";
import { Lookers } from "./Presence";
import { Side } from "./Side";
import { layOut } from "./thread";
import { usePresence } from "./usePresence";
import { TagName, useTags } from "./workMenus";
import { useReading, Work } from "./Work";

/** Where a message of the staff can be sent to. */
const answerable: readonly string[] = ["sms", "whatsapp", "email", "web"];

export function ConversationPane() {
  const { conversationId } = useParams({ from: "/inbox/$conversationId" });
  return <Conversation key={conversationId} id={conversationId} />;
}

function Conversation({ id }: { id: string }) {
  const w = useWords().conversation;
  const filter = useSearch({ from: "/inbox" });
  const mayAnswer = useMay("conversations.write");
  const { data, error, isPending, refetch } = useQuery({
    queryKey: keys.conversation(id),
    queryFn: () => showConversation({ conversation_id: id }),
    enabled: isConversationId(id),
  });
  const maySee = useMay("customers.read");
  const [side, setSide] = useSide();
  usePhones();

  useReading(data?.conversation);
  const presence = usePresence(id);

  useEffect(() => {
    const who = data && customerTitle(data.conversation.customer, data.conversation.channel);
    if (who) document.title = `${who} · Ava`;
  }, [data]);

  if (!isConversationId(id) || (error instanceof ApiError && (error.status === 404 || error.status === 400))) {
    return (
      <div className="flex flex-1">
        <Nothing title={w.missing}><Link to="/inbox" search={filter} className={buttonClass()}>{w.backToList}</Link></Nothing>
      </div>
    );
  }
  return (
    <section className="conversation flex min-h-0 min-w-0 flex-1 flex-col bg-ground" aria-label={w.label}>
      {error && <Failure error={error} retry={() => void refetch()} />}
      {isPending && (
        <Loading className="flex-1">
          <Shape className="h-24 rounded-none!" />
          {[0, 1, 2].map((i) => <Shape key={i} className={`mx-6 my-4 h-14 w-1/2 ${i % 2 ? "ml-auto" : ""}`} />)}
        </Loading>
      )}
      {data && <Head detail={data} side={side} setSide={setSide} others={presence.others} />}
      {data && (
        <div className="relative flex min-h-0 flex-1">
          <div className="flex min-w-0 flex-1 flex-col">
            <Thread detail={data} />
            {mayAnswer && <Composer detail={data} presence={presence} notesOnly={!answerable.includes(data.conversation.channel)} />}
          </div>
          {side && maySee && <Side customer={data.conversation.customer} except={id} close={() => setSide(false)} />}
        </div>
      )}
    </section>
  );
}

/** Beside the thread where there is place for it, unless it was put away; else when asked for. */
const sideWanted = kept<boolean>("ava.side", true, (v): v is boolean => typeof v === "boolean");
const roomy = window.matchMedia("(min-width: 75rem)");

function useSide(): [boolean, (open: boolean) => void] {
  const [open, setOpen] = useState(() => roomy.matches && sideWanted.get());
  return [open, (to) => {
    setOpen(to);
    if (roomy.matches) sideWanted.set(to);
  }];
}

interface HeadProps {
  detail: ConversationDetail;
  side: boolean;
  setSide: (open: boolean) => void;
  others: readonly Person[];
}

function Head({ detail, side, setSide, others }: HeadProps) {
  const of = detail.conversation;
  const w = useWords();
  const maySee = useMay("customers.read");
  const filter = useSearch({ from: "/inbox" });
  const title = useRef<HTMLHeadingElement>(null);
  const { customer } = of;
  const who = customerTitle(customer, of.channel);

  // On a phone the list has made way: the focus goes on with what is shown.
  useEffect(() => {
    if (document.activeElement === document.body || !document.activeElement?.checkVisibility()) title.current?.focus();
  }, []);

  return (
    <header className="shrink-0 border-b border-line bg-panel px-4 py-3 wide:px-6">
      <div className="flex items-baseline gap-3">
        <Link to="/inbox" search={filter} className={buttonClass("quiet", "md", "-ml-2 w-9 self-center px-0! wide:hidden")} aria-label={w.conversation.backToList}>
          <ChevronLeft className="size-5" />
        </Link>
        <h2 ref={title} tabIndex={-1} className="min-w-0 flex-1 text-xl font-semibold [overflow-wrap:anywhere] max-wide:line-clamp-2 max-wide:text-lg">{who}</h2>
        <div className="flex shrink-0 items-center gap-1 self-center">
          <Lookers others={others} />
          <Work of={of} />
          {maySee && (
            <IconButton label={side ? w.conversation.side.hide : w.conversation.side.show} aria-pressed={side}
                        icon={<PanelRight className="size-5" strokeWidth={1.75} />} onClick={() => setSide(!side)} />
          )}
        </div>
      </div>
      <dl className="mt-1 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        <Fact name={w.conversation.channel} plain><ChannelIcon channel={of.channel} />{w.common.channel[of.channel]}</Fact>
        <Fact name={w.conversation.status} plain><Status status={of.status} /></Fact>
        {of.outcome && <Fact name={w.conversation.outcome}>{w.common.outcome[of.outcome]}</Fact>}
        {of.satisfaction_score !== null && (
          <Fact name={w.common.satisfaction}>
            <Score score={of.satisfaction_score} />{of.sentiment && <span className="text-ink-2">{w.common.sentiment[of.sentiment]}</span>}
          </Fact>
        )}
        {!side && customer?.phone && customer.phone !== customer.name && (
          <Fact name={w.conversation.side.phone} plain><a href={`tel:${customer.phone}`} className="text-accent-text hover:underline">{phoneWords(customer.phone)}</a></Fact>
        )}
        <Fact name={w.conversation.began}><DateTime at={of.initiated_at} as="day" /></Fact>
      </dl>
      <Tags ids={of.tags} />
      {customer && <OtherConversations customer={customer.id} except={of.id} />}
      {of.subject && <p className="mt-1.5 max-w-3xl font-semibold [overflow-wrap:anywhere]">{of.subject}</p>}
      {of.ai_summary && <p className="mt-0.5 max-w-3xl text-ink-2 [overflow-wrap:anywhere]">{of.ai_summary}</p>}
    </header>
  );
}

function Tags({ ids }: { ids: readonly string[] }) {
  const tags = useTags().filter((t) => ids.includes(t.id));
  return (
    <ul className="mt-1.5 flex flex-wrap gap-1.5 empty:hidden">
      {tags.map((t) => <li key={t.id}><Badge><TagName tag={t} /></Badge></li>)}
    </ul>
  );
}

/** `plain`: what it is can be seen from the value. */
function Fact({ name, plain, children }: { name: string; plain?: boolean; children: ReactNode }) {
  return (
    <div className="flex gap-1.5">
      <dt className={plain ? "sr-only" : "text-ink-2"}>{name}</dt>
      <dd className="flex items-center gap-1.5">{children}</dd>
    </div>
  );
}

/** A finished call is read from its beginning; everything else from its end. */
function readsFromStart(of: ConversationHead): boolean {
  return of.channel === "voice" && of.status !== "active";
}

const nearEndPx = 80;

function Thread({ detail }: { detail: ConversationDetail }) {
  const w = useWords().conversation;
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
    <div className="relative flex min-h-0 flex-1">
      <div className="thread flex-1 overflow-y-auto px-4 pt-1 pb-4 wide:px-6 focus-visible:-outline-offset-3" ref={scroller} onScroll={scrolled}
           tabIndex={0} role="log" aria-label={w.thread}>
        {days.length === 0 && <Nothing title={w.empty} />}
        {days.map((day) => (
          <section key={day.at} className="day mx-auto max-w-3xl" aria-label={dayName(day.at, now)}>
            <h3 className="mt-4 mb-2 flex items-center gap-4 text-sm font-medium text-ink-2 before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">
              <time dateTime={day.at}>{dayName(day.at, now)}</time>
            </h3>
            <ol>{day.entries.map((entry) => <Entry key={entry.id} entry={entry} channel={detail.conversation.channel} />)}</ol>
          </section>
        ))}
      </div>
      {unseen && (
        <Button className="absolute bottom-4 left-1/2 -translate-x-1/2 border-accent! shadow-pop" onClick={toEnd}>
          <ArrowDown className="size-4" />{w.newMessage}
        </Button>
      )}
    </div>
  );
}
