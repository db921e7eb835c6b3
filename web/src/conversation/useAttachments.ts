// SPDX-License-Identifier: Apache-2.0
// The files of a message that is being written: chosen, sent to the server piece by piece while the
// words are typed, and kept with the draft until the message takes them along.
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, createUpload, deleteUpload, putUploadPiece, type Channel } from "../api";
import { explainDeed, toast } from "../ui";
import { words } from "../words";
import { keepDraft, readDraft } from "./drafts";
import { limitsOf, refusal } from "./fileLimits";
import { madeSmaller, thumbOf } from "./pictures";

export interface Chosen {
  key: string;
  name: string;
  type: string;
  size: number;
  thumb: string | null;
  /** The server's name of it. */
  upload?: string;
  /** So much of it is there. */
  sent: number;
  trouble?: string;
}

export const isReady = (c: Chosen): boolean => c.upload !== undefined && c.sent === c.size;

const pieceBytes = 768 * 1024;
const tries = 3;
const retryMs = 800;

function base64Of(blob: Blob): Promise<string> {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result).split(",", 2)[1] ?? "");
    reader.onerror = () => failed(reader.error ?? new Error("unreadable"));
    reader.readAsDataURL(blob);
  });
}

/** Again when the network has lost it; what the server refuses is refused. */
async function insist<T>(what: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await what();
    } catch (error) {
      if (n === tries || (error instanceof ApiError && error.status < 500)) throw error;
      await new Promise((done) => window.setTimeout(done, retryMs * n));
    }
  }
}

function isChosen(v: unknown): v is Chosen {
  const c = v as Partial<Chosen> | null;
  return typeof c === "object" && c !== null && typeof c.key === "string" && typeof c.name === "string" && typeof c.type === "string"
    && typeof c.size === "number" && typeof c.upload === "string" && (c.thumb === null || /^data:image\/jpeg;/.test(String(c.thumb)));
}

function kept(name: string): Chosen[] {
  try {
    const list: unknown = JSON.parse(readDraft(name) || "[]");
    return Array.isArray(list) ? list.filter(isChosen).map((c) => ({ ...c, sent: c.size })) : [];
  } catch {
    return [];
  }
}

/** What a name may not have on the server: folders, and what is no letter. */
// eslint-disable-next-line no-control-regex
const plainName = (name: string): string => name.replace(/[/\\\x00-\x1f\x7f]/g, " ").trim().slice(-80) || "file";

export interface Attachments {
  list: readonly Chosen[];
  /** Some are on their way yet. */
  busy: boolean;
  add: (files: readonly File[]) => void;
  remove: (key: string) => void;
  /** They went along with a message. */
  sent: () => void;
}

export function useAttachments(conversation: string, channel: Channel, changed: () => void): Attachments {
  const name = `${conversation}.files`;
  const [list, setList] = useState<readonly Chosen[]>(() => kept(name));
  const current = useRef(list);
  const ended = useRef(false);
  const queue = useRef(Promise.resolve());

  const set = useCallback((to: readonly Chosen[]): void => {
    current.current = to;
    if (!ended.current) setList(to);
    const done = to.filter(isReady).map(({ trouble: _, ...c }) => c);
    keepDraft(name, done.length ? JSON.stringify(done) : "");
  }, [name]);

  useEffect(() => {
    ended.current = false;
    return () => {
      ended.current = true;
    };
  }, []);

  const update = (key: string, what: Partial<Chosen>): void => set(current.current.map((c) => (c.key === key ? { ...c, ...what } : c)));
  const isWanted = (key: string): boolean => current.current.some((c) => c.key === key);

  async function send(key: string, file: File): Promise<void> {
    if (!isWanted(key)) return;
    try {
      const about = { conversation_id: conversation, filename: plainName(file.name), content_type: file.type || "application/octet-stream", size_bytes: file.size };
      const { id } = await insist(() => createUpload(about, { idempotencyKey: key }));
      update(key, { upload: id });
      for (let at = 0, position = 0; at < file.size && isWanted(key); at += pieceBytes, position++) {
        const content = await base64Of(file.slice(at, at + pieceBytes));
        const { received_bytes } = await insist(() => putUploadPiece({ upload_id: id, position, content }));
        update(key, { sent: received_bytes });
      }
      if (!isWanted(key)) void deleteUpload({ upload_id: id }).catch(() => {});
    } catch (error) {
      update(key, { trouble: explainDeed(error) });
    }
  }

  async function takeOne(chosen: File): Promise<void> {
    const limits = limitsOf(channel);
    if (!limits) return;
    const file = limits.types ? await madeSmaller(chosen, limits.types, limits.picture) : chosen;
    const why = refusal(file, limits, current.current.length, current.current.reduce((sum, c) => sum + c.size, 0));
    if (why) {
      toast({ words: why, tone: "trouble" });
      return;
    }
    const key = crypto.randomUUID();
    const thumb = await thumbOf(file);
    set([...current.current, { key, name: plainName(file.name), type: file.type, size: file.size, thumb, sent: 0 }]);
    changed();
    queue.current = queue.current.then(() => send(key, file));
  }

  async function addAll(files: readonly File[]): Promise<void> {
    if (!limitsOf(channel) && files.length) toast({ words: words().conversation.attach.notHere, tone: "trouble" });
    for (const file of files) await takeOne(file);
  }

  return {
    list,
    busy: list.some((c) => !isReady(c) && !c.trouble),
    add: (files) => void addAll(files),
    remove: (key) => {
      const gone = current.current.find((c) => c.key === key);
      set(current.current.filter((c) => c.key !== key));
      changed();
      if (gone?.upload) void deleteUpload({ upload_id: gone.upload }).catch(() => {});
    },
    sent: () => set([]),
  };
}
