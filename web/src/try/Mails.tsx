// SPDX-License-Identifier: Apache-2.0
// The customer's mailbox, newest below: letters, and a new one or an answer.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Reply } from "lucide-react";
import { useState } from "react";
import { Button, cx, DateTime, explainDeed, Input, TextArea, toast } from "../ui";
import { useWords } from "../words";
import { Log, Tries } from "./Bubbles";
import { readMails, sendMail, type SandboxMail } from "./sandbox";
import { Trouble } from "./Trouble";

const lookMs = 900;

export const bareAddress = (text: string): string => /<([^>]*)>/.exec(text)?.[1] ?? text.trim();

function LetterOf({ mail, answer }: { mail: SandboxMail; answer: () => void }) {
  const w = useWords().tryAva;
  const mine = mail.direction === "inbound";
  return (
    <li className={cx("my-2 w-full max-w-[94%] rounded-xl border px-4 py-3", mine ? "ml-auto border-transparent bg-accent-soft" : "border-line bg-panel")}>
      <header className="mb-2 flex items-start gap-2 border-b border-line pb-2">
        <div className="min-w-0 flex-1">
          <h3 className="font-semibold [overflow-wrap:anywhere]">{mail.subject || w.noSubject}</h3>
          <p className="text-sm text-ink-2 [overflow-wrap:anywhere]">{mail.from_name || mail.from} · <DateTime at={mail.created} /></p>
        </div>
        {!mine && <Button look="quiet" size="sm" onClick={answer}><Reply className="size-4" />{w.reply}</Button>}
      </header>
      <p className="whitespace-pre-wrap [overflow-wrap:anywhere]">{mail.new_text}</p>
      {mail.files.length > 0 && <p className="mt-2 text-sm text-ink-2">{w.files(mail.files.length)}: {mail.files.map((f) => f.name).join(", ")}</p>}
    </li>
  );
}

interface Draft {
  subject: string;
  text: string;
  answers: SandboxMail | null;
}

const empty: Draft = { subject: "", text: "", answers: null };

export function Mails({ who }: { who: string }) {
  const w = useWords().tryAva;
  const client = useQueryClient();
  const key = ["try", "mails", bareAddress(who)];
  const { data, error, refetch } = useQuery({
    queryKey: key, queryFn: () => readMails(bareAddress(who)), refetchInterval: lookMs, staleTime: 0,
  });
  const [draft, setDraft] = useState(empty);
  const change = (to: Partial<Draft>): void => setDraft((was) => ({ ...was, ...to }));
  const { mutate, isPending } = useMutation({
    mutationFn: (d: Draft) => sendMail({
      from: who, subject: d.subject, text: d.text, ...(d.answers ? { in_reply_to: d.answers.message_id } : {}),
    }),
    onSuccess: () => {
      setDraft(empty);
      return client.invalidateQueries({ queryKey: key });
    },
    onError: (failed) => toast({ words: explainDeed(failed), tone: "trouble" }),
  });
  const answer = (mail: SandboxMail): void =>
    change({ answers: mail, subject: /^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}` });
  if (error && !data) return <Trouble error={error} retry={() => void refetch()} />;
  return (
    <>
      <Log label={w.thread} count={data?.length ?? 0}>
        {data?.length === 0 && (
          <div className="m-auto max-w-96 py-6 text-center">
            <p className="text-lg font-semibold">{w.noMails}</p>
            <p className="mt-1 text-ink-2">{w.noMailsWhy}</p>
          </div>
        )}
        <ol className="mt-auto">{data?.map((m) => <LetterOf key={m.seq} mail={m} answer={() => answer(m)} />)}</ol>
      </Log>
      <form className="flex shrink-0 flex-col gap-2 border-t border-line px-4 py-3"
            onSubmit={(e) => { e.preventDefault(); if (draft.text.trim() && !isPending) mutate(draft); }}>
        {draft.answers ? (
          <p className="flex items-center gap-2 text-sm text-ink-2">
            <span className="min-w-0 truncate">{w.answerTo(draft.answers.subject)}</span>
            <Button look="quiet" size="sm" onClick={() => setDraft(empty)}>{w.anew}</Button>
          </p>
        ) : (
          <Tries label={w.triesLabel} tries={w.mailTries.map(([subject]) => subject ?? "")}
                 take={(subject) => change({ subject, text: w.mailTries.find(([s]) => s === subject)?.[1] ?? "" })} />
        )}
        <Input aria-label={w.subject} placeholder={w.subject} value={draft.subject} onChange={(e) => change({ subject: e.target.value })} />
        <TextArea rows={4} aria-label={w.message} placeholder={w.message} value={draft.text} onChange={(e) => change({ text: e.target.value })} />
        <Button type="submit" look="main" busy={isPending} className="self-end">{w.send}</Button>
      </form>
    </>
  );
}
