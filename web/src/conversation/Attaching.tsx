// SPDX-License-Identifier: Apache-2.0
// The files of a message that is being written, how far they are, and the place to drop more.
import { FileText, Paperclip, TriangleAlert, X } from "lucide-react";
import { useEffect, useRef, useState, type RefObject } from "react";
import type { Channel } from "../api";
import { useActions } from "../app/actions";
import { IconButton } from "../ui";
import { useWords } from "../words";
import { fileSize } from "../words/times";
import { limitsOf, megabytes } from "./fileLimits";
import { isReady, type Attachments, type Chosen } from "./useAttachments";

/** What is allowed on this channel, in a sentence. */
function useLimitWords(channel: Channel): string {
  const w = useWords().conversation.attach;
  const l = limitsOf(channel);
  if (!l) return "";
  const much = w.limit(l.files, megabytes(l.bytes));
  return channel === "email" ? much : channel === "sms" ? `${much} ${w.kinds}` : `${much} ${w.kinds} ${w.pictures(megabytes(l.picture))}`;
}

export function AttachButton({ channel, attachments }: { channel: Channel; attachments: Attachments }) {
  const w = useWords().conversation;
  const input = useRef<HTMLInputElement>(null);
  const limit = useLimitWords(channel);
  const choose = (): void => input.current?.click();
  useActions([{ id: "attach", name: w.attach.button, group: w.keys.group, keys: "a", run: choose }]);
  return (
    <>
      <input ref={input} type="file" multiple={limitsOf(channel)?.files !== 1} hidden aria-label={w.attach.button}
             onChange={(e) => {
               attachments.add([...e.target.files ?? []]);
               e.target.value = ""; // the same one may be chosen again
             }} />
      <IconButton label={`${w.attach.button}. ${limit}`} aria-label={w.attach.button} keys="a" icon={<Paperclip className="size-4.5" />} onClick={choose} />
    </>
  );
}

export function AttachedFiles({ channel, attachments }: { channel: Channel; attachments: Attachments }) {
  const w = useWords().conversation.attach;
  const { list } = attachments;
  const bytes = list.reduce((sum, c) => sum + c.size, 0);
  const limits = limitsOf(channel);
  if (!list.length || !limits) return null;
  return (
    <div className="mb-2">
      <ul className="attached flex max-h-36 flex-wrap gap-1.5 overflow-y-auto" aria-label={w.list}>
        {list.map((c) => <li key={c.key} className="min-w-0 max-w-full"><One chosen={c} remove={() => attachments.remove(c.key)} /></li>)}
      </ul>
      <p className="mt-1 text-sm text-ink-2" role="status">
        {attachments.busy ? w.sending : w.together(list.length, limits.files, fileSize(bytes), megabytes(limits.bytes))}
      </p>
    </div>
  );
}

function One({ chosen: c, remove }: { chosen: Chosen; remove: () => void }) {
  const w = useWords().conversation.attach;
  const part = c.size ? Math.round((100 * c.sent) / c.size) : 0;
  return (
    <div className="relative flex min-h-9 max-w-72 items-center gap-2 overflow-hidden rounded-md border border-line bg-panel pl-1.5 text-sm" data-ready={isReady(c) || undefined}>
      {c.trouble ? <TriangleAlert className="size-4.5 shrink-0 text-poor" aria-hidden="true" />
        : c.thumb ? <img src={c.thumb} alt="" className="size-7 shrink-0 rounded-sm object-cover" />
          : <FileText className="size-4.5 shrink-0 text-ink-2" aria-hidden="true" />}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{c.name}</span>
        {c.trouble && <span className="block text-poor">{c.trouble}</span>}
      </span>
      {!c.trouble && <small className="shrink-0 text-ink-2 tabular-nums">{isReady(c) ? fileSize(c.size) : `${part} %`}</small>}
      <IconButton size="sm" label={w.remove(c.name)} icon={<X className="size-4" />} onClick={remove} />
      {!isReady(c) && !c.trouble && <span className="absolute bottom-0 left-0 h-0.5 bg-accent transition-[width]" style={{ width: `${part}%` }} aria-hidden="true" />}
    </div>
  );
}

/** Whether files are held over the conversation that `inside` is part of. Dropped, they are taken. */
export function useDrop(inside: RefObject<HTMLElement | null>, take: ((files: readonly File[]) => void) | null): boolean {
  const [over, setOver] = useState(false);
  const current = useRef(take);
  useEffect(() => {
    current.current = take;
  });
  const on = take !== null;
  useEffect(() => {
    const place = inside.current?.closest<HTMLElement>(".conversation");
    if (!place || !on) return undefined;
    let depth = 0;
    const brings = (e: DragEvent): boolean => Boolean(e.dataTransfer?.types.includes("Files"));
    const enter = (e: DragEvent): void => {
      if (!brings(e)) return;
      e.preventDefault();
      depth++;
      setOver(true);
    };
    const hold = (e: DragEvent): void => {
      if (brings(e)) e.preventDefault();
    };
    const leave = (e: DragEvent): void => {
      if (brings(e) && --depth <= 0) setOver(false);
    };
    const drop = (e: DragEvent): void => {
      depth = 0;
      setOver(false);
      if (!brings(e)) return;
      e.preventDefault();
      current.current?.([...e.dataTransfer?.files ?? []]);
    };
    place.addEventListener("dragenter", enter);
    place.addEventListener("dragover", hold);
    place.addEventListener("dragleave", leave);
    place.addEventListener("drop", drop);
    return () => {
      place.removeEventListener("dragenter", enter);
      place.removeEventListener("dragover", hold);
      place.removeEventListener("dragleave", leave);
      place.removeEventListener("drop", drop);
    };
  }, [inside, on]);
  return over;
}
