// SPDX-License-Identifier: Apache-2.0
// The calls that go on: who, what the call is at, and every word as it is spoken. Staff can listen in,
// have the caller put through to a person, or the call ended.
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ear, EarOff, ExternalLink, PhoneForwarded, PhoneOff } from "lucide-react";
import { useEffect, useState } from "react";
import { endCall, listLiveCalls, transferCall, type CallState, type LiveCall } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { useSpoken } from "../app/useLive";
import { phoneWords, usePhones } from "../lib/phone";
import { Avatar, Badge, Button, buttonClass, Dialog, explainDeed, Failure, Loading, Tip, toast, type Tone } from "../ui";
import { useWords } from "../words";
import { customerTitle } from "../words/people";
import { offset } from "../words/times";
import { hear, keptTurns, notKept, type Heard } from "./calls";
import { Section } from "./Section";
import { Spoken } from "./Spoken";
import { useListening } from "./useListening";

const tones: Record<CallState, Tone> = {
  connecting: "plain", greeting: "accent", listening: "good", thinking: "plain", speaking: "accent", transferring: "fair",
  waiting: "fair", ended: "plain",
};

export function Calls() {
  const w = useWords().live;
  const { data, error, isPending, refetch, dataUpdatedAt } = useQuery({ queryKey: keys.liveCalls(), queryFn: () => listLiveCalls() });
  const [heard, setHeard] = useState<ReadonlyMap<string, readonly Heard[]>>(new Map());
  const [states, setStates] = useState<ReadonlyMap<string, CallState>>(new Map());
  const { listening, listen, stop } = useListening();
  usePhones();
  useSpoken((spoken) => {
    const { conversation_id: id } = spoken;
    setStates((was) => new Map(was).set(id, spoken.state));
    if (spoken.text) setHeard((was) => new Map(was).set(id, hear(was.get(id) ?? [], spoken)));
  });
  // What was kept since need not be remembered, nor what a call said that is over.
  useEffect(() => {
    if (!data) return;
    const kept = new Map(data.calls.map((c) => [c.conversation_id, keptTurns(c)]));
    setHeard((was) => new Map([...was].flatMap(([id, turns]) => {
      const known = kept.get(id);
      return known ? [[id, notKept(known, turns)] as const] : [];
    })));
    setStates(new Map());
  }, [data]);
  return (
    <Section title={w.calls} count={data?.calls.length}>
      {error ? <Failure error={error} retry={() => void refetch()} />
        : isPending ? <Loading rows={2} />
        : data.calls.length === 0 ? <p className="px-4 py-6 text-center text-ink-2">{w.noCalls}</p>
        : (
          <ul className="grid grid-cols-1 gap-3 p-3 full:grid-cols-2">
            {data.calls.map((call) => (
              <CallCard key={call.call_id} call={call} asOf={dataUpdatedAt} state={states.get(call.conversation_id) ?? call.state}
                        heard={heard.get(call.conversation_id) ?? []}
                        listens={listening?.to !== call.conversation_id ? "no" : listening.heard ? "yes" : "soon"}
                        toListen={() => (listening?.to === call.conversation_id ? stop() : listen(call.conversation_id))} />
            ))}
          </ul>
        )}
    </Section>
  );
}

/** Ticks while it is shown. */
function Seconds({ at, asOf }: { at: number; asOf: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = window.setInterval(() => setNow(Date.now()), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return <span className="text-sm text-ink-2 tabular-nums">{offset(at + Math.max(0, now - asOf) / 1000)}</span>;
}

interface CallCardProps {
  call: LiveCall;
  asOf: number;
  state: CallState;
  heard: readonly Heard[];
  listens: "no" | "soon" | "yes";
  toListen: () => void;
}

function CallCard({ call, asOf, state, heard, listens, toListen }: CallCardProps) {
  const w = useWords();
  const mayAct = useMay("conversations.write");
  const [asks, setAsks] = useState(false);
  const who = customerTitle(call.customer ?? { name: null, phone: call.phone_number }, "voice");
  const phone = call.phone_number && phoneWords(call.phone_number);
  const { mutate, isPending } = useMutation({
    mutationFn: (what: "end" | "transfer") =>
      what === "end" ? endCall({ conversation_id: call.conversation_id }) : transferCall({ conversation_id: call.conversation_id }),
    onSuccess: (_, what) => toast({ words: what === "end" ? w.live.ending(who) : w.live.puttingThrough(who) }),
    onError: (failed) => toast({ words: explainDeed(failed), tone: "trouble" }),
  });
  const turns = [...keptTurns(call), ...heard];
  return (
    <li className="flex max-h-112 min-w-0 flex-col rounded-xl border border-line bg-panel shadow-card" aria-label={who}>
      <header className="flex items-center gap-3 px-4 pt-3">
        <Avatar name={who} />
        <div className="min-w-0 flex-1">
          <h3 className="truncate font-semibold">{who}</h3>
          <p className="flex items-center gap-2 truncate text-sm text-ink-2">
            {phone && phone !== who && <span className="truncate">{phone}</span>}
            <span className="hidden wide:inline">{call.transport === "browser" ? w.live.fromBrowser : call.direction === "outbound" ? w.live.avaCalled : w.live.byTelephone}</span>
          </p>
        </div>
        <span role="status" className="sr-only">{listens === "yes" && w.live.listening}</span>
        <Badge tone={tones[state]}>{w.live.states[state]}</Badge>
        <Seconds at={call.seconds} asOf={asOf} />
      </header>
      <div className="flex min-h-24 flex-1 flex-col-reverse overflow-y-auto px-4" tabIndex={0} role="log" aria-label={w.live.transcript}>
        <Spoken turns={turns} />
      </div>
      <footer className="flex flex-wrap items-center gap-2 px-4 pb-3">
        {(call.can_listen || listens !== "no") && (
          <Tip words={w.live.listenAbout}>
            <Button size="sm" look={listens === "yes" ? "main" : "plain"} onClick={toListen}>
              {listens === "no" ? <><Ear className="size-4" />{w.live.listen}</> : <><EarOff className="size-4" />{w.live.listenNoMore}</>}
            </Button>
          </Tip>
        )}
        {mayAct && call.can_transfer && (
          <Tip words={w.live.transferAbout}>
            <Button size="sm" busy={isPending} onClick={() => mutate("transfer")}><PhoneForwarded className="size-4" />{w.live.transfer}</Button>
          </Tip>
        )}
        {mayAct && <Button size="sm" look="danger" busy={isPending} onClick={() => setAsks(true)}><PhoneOff className="size-4" />{w.live.end}</Button>}
        <Link to="/inbox/$conversationId" params={{ conversationId: call.conversation_id }} search={{}} className={buttonClass("quiet", "sm", "ml-auto")}>
          <ExternalLink className="size-4" />{w.live.open}
        </Link>
      </footer>
      <Dialog open={asks} close={() => setAsks(false)} title={w.live.endAsk(who)} foot={(
        <>
          <Button onClick={() => setAsks(false)}>{w.common.actions.cancel}</Button>
          <Button look="danger" onClick={() => { mutate("end"); setAsks(false); }}>{w.live.end}</Button>
        </>
      )}>
        <p>{w.live.endWhy}</p>
      </Dialog>
    </li>
  );
}
