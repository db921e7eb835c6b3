// SPDX-License-Identifier: Apache-2.0
// The customer's telephone in a call: what is written is spoken for them, both sides' words are
// shown as they fall, the sound is played as it grows.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Grip, Phone, PhoneOff, Volume2, VolumeX } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button, buttonClass, cx, explainDeed, Input, Nothing, toast } from "../ui";
import { useWords } from "../words";
import { offset } from "../words/times";
import { BubbleOf, Log, Tries } from "./Bubbles";
import { callRows, callState, isWritten, type Light } from "./calls";
import { act, audioOf, dial, hangUp, liveCallOf, readCall, type SandboxCall } from "./sandbox";
import { Trouble } from "./Trouble";
import { useSound } from "./useSound";

const lookMs = 400;
const lookForMs = 1500;
const keypad = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

const lights: Record<Light, string> = {
  waits: "bg-fair", speaks: "bg-accent", listens: "bg-good", over: "bg-line-strong", lost: "bg-poor",
};

interface CallProps {
  number: string;
  sid: string | null;
  setSid: (sid: string | null) => void;
  call: SandboxCall | undefined;
}

/** The call as the sandbox has it, looked at until its last words are written. */
export function useCall(sid: string | null) {
  const endedAt = useRef(0);
  useEffect(() => {
    endedAt.current = 0;
  }, [sid]);
  return useQuery({
    queryKey: ["try", "call", sid],
    queryFn: () => readCall(sid ?? ""),
    enabled: sid !== null,
    staleTime: 0,
    refetchInterval: ({ state: { data } }) => {
      if (!data || data.live) return lookMs;
      endedAt.current ||= Date.now();
      return isWritten(data, endedAt.current) ? false : lookMs;
    },
  });
}

export function Call({ number, sid, setSid, call }: CallProps) {
  const w = useWords().tryAva.call;
  const begin = useMutation({
    mutationFn: () => dial(number),
    onSuccess: (placed) => setSid(placed.sid),
    onError: (failed) => toast({ words: explainDeed(failed), tone: "trouble" }),
  });
  // One that Ava makes, or that was left going.
  const going = useQuery({
    queryKey: ["try", "live-call", number], queryFn: () => liveCallOf(number), enabled: sid === null, staleTime: 0, refetchInterval: lookForMs,
  });
  useEffect(() => {
    if (sid === null && going.data) setSid(going.data);
  }, [sid, going.data]);
  const client = useQueryClient();
  const putAway = (): void => {
    client.setQueryData(["try", "live-call", number], null);
    setSid(null);
  };
  if (going.error && sid === null) return <Trouble error={going.error} retry={() => void going.refetch()} />;
  if (sid === null) {
    return (
      <div className="flex min-h-0 flex-1 overflow-y-auto">
        <Nothing icon={<Phone />} title={w.dial}>
          <p>{w.why}</p>
          <Button look="main" busy={begin.isPending} onClick={() => begin.mutate()}><Phone className="size-4" />{w.dial}</Button>
          <a href="/call" target="_blank" rel="noreferrer" className={buttonClass("quiet")}>{w.microphone}</a>
        </Nothing>
      </div>
    );
  }
  return <InCall sid={sid} call={call} again={() => begin.mutate()} putAway={putAway} />;
}

function InCall({ sid, call, again, putAway }: { sid: string; call: SandboxCall | undefined; again: () => void; putAway: () => void }) {
  const w = useWords().tryAva.call;
  const live = call?.live ?? true;
  const [sound, setSound] = useState(true);
  const [keys, setKeys] = useState(false);
  useSound(call, sound);
  const [state, light] = callState(call, w);
  const rows = call ? callRows(call, w) : [];
  const { mutate: deed } = useMutation({
    mutationFn: (what: () => Promise<unknown>) => what(),
    onError: (failed) => toast({ words: explainDeed(failed), tone: "trouble" }),
  });
  return (
    <>
      <div className="flex shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-2">
        <span className={cx("size-2.5 shrink-0 rounded-full", lights[light])} />
        <p role="status" className="call-state font-semibold">{state}</p>
        <span className="text-ink-2 tabular-nums">{offset((call?.ms ?? 0) / 1000)}</span>
        <span className="flex-1" />
        {live ? (
          <>
            <Button size="sm" look="quiet" aria-pressed={sound} onClick={() => setSound(!sound)}>
              {sound ? <Volume2 className="size-4" /> : <VolumeX className="size-4" />}{sound ? w.soundOn : w.soundOff}
            </Button>
            <Button size="sm" look="quiet" aria-expanded={keys} onClick={() => setKeys(!keys)}><Grip className="size-4" />{w.keypad}</Button>
            <Button size="sm" look="danger" onClick={() => deed(() => hangUp(sid))}><PhoneOff className="size-4" />{w.hangUp}</Button>
          </>
        ) : (
          <>
            <Button size="sm" onClick={again}><Phone className="size-4" />{w.again}</Button>
            <Button size="sm" look="quiet" onClick={putAway}>{w.close}</Button>
          </>
        )}
      </div>
      <Log label={w.log} count={JSON.stringify(rows)}>
        <ol className="mt-auto">
          {rows.map((row, i) => row.who === "event"
            ? <li key={i} className="my-1.5 text-center text-sm text-ink-2 [overflow-wrap:anywhere]">{row.text}</li>
            : (
              <BubbleOf key={i} mine={row.who === "me"} foot={<>{offset(row.at / 1000)}{row.note && ` · ${row.note}`}</>}>{row.text}</BubbleOf>
            ))}
        </ol>
      </Log>
      {live && keys && (
        <div className="grid w-48 shrink-0 grid-cols-3 gap-1.5 self-center p-2">
          {keypad.map((key) => <Button key={key} aria-label={w.press(key)} onClick={() => deed(() => act(sid, { press: key }))}>{key}</Button>)}
        </div>
      )}
      {live ? <Say say={(text) => deed(() => act(sid, { say: text }))} />
        : call?.frames_sent ? <audio controls preload="none" src={audioOf(sid)} aria-label={w.record} className="m-3 h-10 w-[calc(100%-1.5rem)] shrink-0" /> : null}
    </>
  );
}

function Say({ say }: { say: (text: string) => void }) {
  const w = useWords().tryAva;
  const [text, setText] = useState("");
  return (
    <form className="shrink-0 border-t border-line px-4 py-3"
          onSubmit={(e) => { e.preventDefault(); if (text.trim()) say(text.trim()); setText(""); }}>
      <Tries label={w.triesLabel} tries={w.call.tries} take={say} />
      <div className="mt-2.5 flex gap-2">
        <Input aria-label={w.call.saying} placeholder={w.call.saying} value={text} onChange={(e) => setText(e.target.value)} />
        <Button type="submit" look="main">{w.call.say}</Button>
      </div>
    </form>
  );
}
