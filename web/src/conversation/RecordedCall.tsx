// SPDX-License-Identifier: Apache-2.0
// A call that was recorded: the player with its waveform, caller above and Ava below, and marks where
// something was run or somebody was interrupted. Loaded when there is a recording to play.
import { useQuery } from "@tanstack/react-query";
import { Download, Pause, Play } from "lucide-react";
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent, type RefObject } from "react";
import type { Attachment, Message } from "../api";
import { useActions } from "../app/actions";
import { Button, buttonClass, cx, explain, Shape } from "../ui";
import { useWords } from "../words";
import { fileSize, offset } from "../words/times";
import { CallCard } from "./CallCard";
import { callEntries } from "./thread";
import { waveformOf, type Waveform } from "./waveform";

const parts = 200;
const atOnceBytes = 16e6; // a larger one is fetched when it is to be played
const stepSeconds = 5;
const speeds = [1, 1.25, 1.5, 2];

interface Recording {
  sound: Blob;
  /** null: the browser cannot decode it, but may play it. */
  waveform: Waveform | null;
}

async function fetchRecording(url: string, signal: AbortSignal): Promise<Recording> {
  const answer = await fetch(url, { signal, credentials: "same-origin" });
  if (!answer.ok) throw new Error(String(answer.status));
  const sound = await answer.blob();
  const waveform = await sound.arrayBuffer().then((bytes) => waveformOf(bytes, parts)).catch(() => null);
  return { sound, waveform };
}

interface Sound {
  audio: RefObject<HTMLAudioElement | null>;
  at: number;
  seconds: number;
  playing: boolean;
  broken: boolean;
  speed: number;
  toggle: () => void;
  seek: (seconds: number) => void;
  faster: () => void;
}

function useSound(source: string | null, known: number): Sound {
  const audio = useRef<HTMLAudioElement>(null);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [broken, setBroken] = useState(false);
  const [speed, setSpeed] = useState(1);
  useEffect(() => {
    const element = audio.current;
    if (!element || !source) return undefined;
    const look = (): void => {
      setAt(element.currentTime);
      setPlaying(!element.paused && !element.ended);
      if (Number.isFinite(element.duration)) setLength(element.duration);
    };
    const fail = (): void => setBroken(true);
    const events = ["timeupdate", "play", "pause", "ended", "seeked", "durationchange"] as const;
    for (const e of events) element.addEventListener(e, look);
    element.addEventListener("error", fail);
    return () => {
      for (const e of events) element.removeEventListener(e, look);
      element.removeEventListener("error", fail);
    };
  }, [source]);
  const seconds = known || length;
  const seek = useCallback((to: number): void => {
    const element = audio.current;
    if (!element) return;
    element.currentTime = Math.max(0, Math.min(to, element.duration || to));
    setAt(element.currentTime);
  }, []);
  const toggle = (): void => {
    const element = audio.current;
    if (!element) return;
    if (element.paused) element.play().catch(() => setBroken(true));
    else element.pause();
  };
  const faster = (): void => {
    const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  return { audio, at, seconds, playing, broken, speed, toggle, seek, faster };
}

/** The recording under an address that a player takes, once it is here. */
function useRecording(file: Attachment) {
  const [wanted, setWanted] = useState((file.size_bytes ?? 0) <= atOnceBytes);
  const { data, error, refetch } = useQuery({
    queryKey: ["recording", file.id],
    queryFn: ({ signal }) => fetchRecording(file.url!, signal),
    enabled: wanted,
    staleTime: Infinity,
  });
  const [source, setSource] = useState<string | null>(null);
  useEffect(() => {
    if (!data) return undefined;
    const url = URL.createObjectURL(data.sound);
    setSource(url);
    return () => URL.revokeObjectURL(url);
  }, [data]);
  return { data, error, source, wanted, want: () => setWanted(true), again: () => void refetch() };
}

interface Mark {
  seconds: number;
  words: string;
}

function marksOf(message: Message, tool: (name: string) => string, interrupted: string): Mark[] {
  return callEntries(message).flatMap((e) => {
    if (e.kind === "tool") return e.tool.seconds === null ? [] : [{ seconds: e.tool.seconds, words: tool(e.tool.name) }];
    return e.turn.interrupted && e.turn.seconds !== null ? [{ seconds: e.turn.seconds, words: interrupted }] : [];
  });
}

export default function RecordedCall({ message, recordings }: { message: Message; recordings: Attachment[] }) {
  const w = useWords().conversation.call;
  const [first, ...more] = recordings;
  const [place, setPlace] = useState<{ at: number | null; playing: boolean }>({ at: null, playing: false });
  const seeker = useRef<(seconds: number) => void>(undefined);
  const marks = useMemo(() => marksOf(message, w.tool, w.interrupted), [message, w]);
  // A call that went on after a break has several: then it is not known where each began.
  const follows = more.length === 0;
  const told = useCallback((at: number | null, playing: boolean) => setPlace({ at, playing }), []);
  return (
    <CallCard message={message} at={follows ? place.at : null} playing={place.playing}
              seek={follows ? (seconds) => seeker.current?.(seconds) : undefined}
              player={<>
                <Player file={first!} marks={follows ? marks : []} told={told} seeker={seeker} keys />
                {more.map((file) => <Player key={file.id} file={file} marks={[]} />)}
              </>} />
  );
}

interface PlayerProps {
  file: Attachment;
  marks: readonly Mark[];
  told?: (at: number | null, playing: boolean) => void;
  seeker?: RefObject<((seconds: number) => void) | undefined>;
  /** This is the one that the keys are for. */
  keys?: boolean;
}

function Player({ file, marks, told, seeker, keys }: PlayerProps) {
  const w = useWords().conversation;
  const { data, error, source, wanted, want, again } = useRecording(file);
  const sound = useSound(source, data?.waveform?.seconds ?? 0);
  const { at, playing, seek, toggle } = sound;
  const begun = playing || at > 0;
  useEffect(() => told?.(begun ? at : null, playing), [told, begun, at, playing]);
  useEffect(() => {
    if (!seeker) return;
    seeker.current = (seconds) => {
      seek(seconds);
      if (sound.audio.current?.paused) toggle();
    };
  });
  useActions(keys && source ? [{ id: "play", name: playing ? w.call.pause : w.call.play, group: w.keys.group, keys: "p", run: toggle }] : []);

  if (error || sound.broken) {
    return (
      <p className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-2.5 text-sm text-ink-2" role="alert">
        {sound.broken ? w.call.cannotPlay : explain(error)}
        {error && !sound.broken && <Button size="sm" onClick={again}>{w.call.tryAgain}</Button>}
        <Save file={file} />
      </p>
    );
  }
  return (
    <div className="flex items-center gap-3 border-b border-line px-4 py-3" role="group" aria-label={w.call.recording}>
      <audio ref={sound.audio} src={source ?? undefined} preload="auto" />
      <button type="button" aria-label={playing ? w.call.pause : w.call.play} aria-disabled={(wanted && !source) || undefined}
              onClick={source ? toggle : want}
              className="flex size-10 shrink-0 items-center justify-center rounded-full bg-accent text-accent-ink hover:bg-accent-strong aria-disabled:opacity-55">
        {playing ? <Pause className="size-5" fill="currentColor" strokeWidth={0} /> : <Play className="size-5 translate-x-px" fill="currentColor" strokeWidth={0} />}
      </button>
      <div className="min-w-0 flex-1">
        {source ? <Wave sound={sound} waveform={data?.waveform ?? null} marks={marks} /> : <Shape className="h-12" />}
        <p className="mt-0.5 flex justify-between text-sm text-ink-2 tabular-nums"><span>{offset(at)}</span><span>{offset(sound.seconds)}</span></p>
      </div>
      <div className="flex shrink-0 flex-col items-center gap-1 wide:flex-row">
        <Button look="quiet" size="sm" className="w-12 tabular-nums" aria-label={w.call.speed(sound.speed)} onClick={sound.faster}>{sound.speed}×</Button>
        <Save file={file} />
      </div>
    </div>
  );
}

function Save({ file }: { file: Attachment }) {
  const w = useWords().conversation.call;
  const label = w.save(fileSize(file.size_bytes ?? 0));
  return (
    <a href={file.url!} download className={buttonClass("quiet", "sm", "w-7 px-0!")} aria-label={label} title={label}>
      <Download className="size-4" />
    </a>
  );
}

interface WaveProps {
  sound: Sound;
  waveform: Waveform | null;
  marks: readonly Mark[];
}

/** One path for all bars of a side, so that a long call costs two elements and not four hundred. */
function barsOf(side: readonly number[], up: boolean, middle: number): string {
  return side.map((v, i) => {
    const height = Math.max(0.6, v * (middle - 1));
    return up ? `M${i + 0.15} ${middle}h.7v-${height.toFixed(2)}h-.7z` : `M${i + 0.15} ${middle}h.7v${height.toFixed(2)}h-.7z`;
  }).join("");
}

function Wave({ sound, waveform, marks }: WaveProps) {
  const w = useWords();
  const box = useRef<HTMLDivElement>(null);
  const { at, seconds, seek } = sound;
  const part = seconds > 0 ? Math.min(1, at / seconds) : 0;
  const paths = useMemo(() => {
    const upper = waveform?.sides[0];
    return upper && [barsOf(upper, true, 12), barsOf(waveform.sides[1] ?? upper, false, 12)];
  }, [waveform]);

  function point(e: PointerEvent): void {
    const place = box.current?.getBoundingClientRect();
    if (place && seconds > 0) seek(((e.clientX - place.left) / place.width) * seconds);
  }

  function typed(e: KeyboardEvent): void {
    const to: Record<string, number> = {
      ArrowRight: at + stepSeconds, ArrowUp: at + stepSeconds, ArrowLeft: at - stepSeconds, ArrowDown: at - stepSeconds,
      PageUp: at + 6 * stepSeconds, PageDown: at - 6 * stepSeconds, Home: 0, End: seconds,
    };
    if (e.key === " " || e.key === "Enter") sound.toggle();
    else if (e.key in to) seek(to[e.key]!);
    else return;
    e.preventDefault();
    e.stopPropagation();
  }

  return (
    <div ref={box} role="slider" tabIndex={0} aria-label={w.conversation.call.place} aria-valuemin={0} aria-valuemax={Math.round(seconds)} aria-valuenow={Math.round(at)}
         aria-valuetext={w.conversation.call.placeOf(offset(at), offset(seconds))} onKeyDown={typed}
         onPointerDown={(e) => {
           e.currentTarget.setPointerCapture(e.pointerId);
           point(e);
         }}
         onPointerMove={(e) => e.currentTarget.hasPointerCapture(e.pointerId) && point(e)}
         className="relative h-12 cursor-pointer touch-none rounded-sm">
      {paths
        ? (
          <>
            <Bars paths={paths} className="text-line-strong" />
            <div className="absolute inset-0" style={{ clipPath: `inset(0 ${(1 - part) * 100}% 0 0)` }}><Bars paths={paths} className="text-accent" /></div>
          </>
        )
        : <div className="absolute inset-x-0 top-1/2 h-1.5 -translate-y-1/2 overflow-hidden rounded-full bg-sunk"><div className="h-full bg-accent" style={{ width: `${part * 100}%` }} /></div>}
      {seconds > 0 && marks.filter((m) => m.seconds <= seconds).map((m, i) => (
        <span key={i} title={`${offset(m.seconds)} ${m.words}`} className="absolute top-0 size-1.5 -translate-x-1/2 rounded-full bg-fair" style={{ left: `${(m.seconds / seconds) * 100}%` }} />
      ))}
      <span className={cx("absolute inset-y-0 w-0.5 -translate-x-1/2 bg-accent-strong", part === 0 && "opacity-0")} style={{ left: `${part * 100}%` }} aria-hidden="true" />
    </div>
  );
}

function Bars({ paths, className }: { paths: readonly string[]; className: string }) {
  return (
    <svg viewBox={`0 0 ${parts} 24`} preserveAspectRatio="none" className={cx("absolute inset-0 size-full", className)} aria-hidden="true">
      {paths.map((d, i) => <path key={i} d={d} fill="currentColor" />)}
    </svg>
  );
}
