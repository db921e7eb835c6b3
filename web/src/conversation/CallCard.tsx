// SPDX-License-Identifier: Apache-2.0
// A call: its length, what was said in turns, and in place what was run meanwhile and who interrupted.
// Where it was recorded the player (RecordedCall) stands above, and the turns follow it.
import { Wrench } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, type ReactNode } from "react";
import type { Attachment, Message } from "../api";
import { cx, DateTime } from "../ui";
import { useWords } from "../words";
import { duration, offset } from "../words/times";
import { Files } from "./Files";
import { callEntries, webAddress, type CallEntry, type ToolRun } from "./thread";

const RecordedCall = lazy(() => import("./RecordedCall"));

const isRecording = (file: Attachment): boolean => file.url !== null && Boolean(file.content_type?.startsWith("audio/"));

export function Call({ message }: { message: Message }) {
  const recordings = message.attachments?.filter(isRecording) ?? [];
  const plain = <CallCard message={message} />;
  if (!recordings.length) return plain;
  return <Suspense fallback={plain}><RecordedCall message={message} recordings={recordings} /></Suspense>;
}

interface CallCardProps {
  message: Message;
  player?: ReactNode;
  /** Where the recording is, in seconds; null: it is not played. */
  at?: number | null;
  playing?: boolean;
  seek?: (seconds: number) => void;
}

/** What is said at that time: the last that began before it. */
function currentOf(entries: readonly CallEntry[], at: number | null): number {
  return at === null ? -1 : entries.findLastIndex((e) => e.kind === "turn" && e.turn.seconds !== null && e.turn.seconds <= at);
}

export function CallCard({ message, player, at = null, playing = false, seek }: CallCardProps) {
  const w = useWords().conversation.call;
  const entries = callEntries(message);
  const { voice } = message;
  const interruptions = voice?.interruption_count ?? 0;
  const recording = webAddress(voice?.recording_url);
  const others = message.attachments?.filter((f) => !isRecording(f)) ?? [];
  const current = currentOf(entries, at);
  const turns = useRef<HTMLOListElement>(null);

  useEffect(() => {
    if (playing) turns.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }, [current, playing]);

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
        {player}
        {entries.length === 0 && <p className="px-4 py-2.5 text-ink-2">{w.noWords}</p>}
        <ol className="turns px-4 py-2" ref={turns}>
          {entries.map((entry, i) => <CallLine key={i} entry={entry} current={i === current} seek={seek} />)}
        </ol>
        {others.length > 0 && <div className="px-4 pb-2"><Files files={others} /></div>}
      </article>
    </li>
  );
}

interface CallLineProps {
  entry: CallEntry;
  current: boolean;
  seek: ((seconds: number) => void) | undefined;
}

function CallLine({ entry, current, seek }: CallLineProps) {
  const w = useWords();
  if (entry.kind === "tool") return <Tool tool={entry.tool} />;
  const { turn } = entry;
  const { seconds } = turn;
  const go = seek && seconds !== null ? () => seek(seconds) : undefined;
  return (
    <li data-direction={turn.customer ? "inbound" : "outbound"} aria-current={current || undefined}
        className={cx("turn -mx-2 grid scroll-my-8 grid-cols-[auto_1fr] gap-x-2 rounded-md px-2 py-1 wide:grid-cols-[3.5rem_2.25rem_minmax(0,1fr)]", current && "bg-accent-soft")}>
      <span className={cx("font-semibold", turn.customer ? "text-ink-2" : "text-accent-text")}>{turn.customer ? w.conversation.caller : w.common.ava}</span>
      {go
        ? <button type="button" onClick={go} aria-label={w.conversation.call.playFrom(offset(seconds!))}
                  className="w-fit self-start rounded-sm text-left text-sm leading-(--text-base--line-height) text-accent-text tabular-nums underline decoration-dotted underline-offset-2 hover:decoration-solid">{offset(seconds!)}</button>
        : <span className="text-sm leading-(--text-base--line-height) text-ink-2 tabular-nums">{seconds !== null && offset(seconds)}</span>}
      {/* By pointer the words themselves will do; by keyboard there is the button. */}
      <p className={cx("col-span-2 whitespace-pre-wrap [overflow-wrap:anywhere] wide:col-span-1", go && "cursor-pointer")}
         onClick={() => window.getSelection()?.isCollapsed !== false && go?.()}>
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
