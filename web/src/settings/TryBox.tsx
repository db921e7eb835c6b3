// SPDX-License-Identifier: Apache-2.0
// Asks the assistant as a customer would, and shows her answer. Nothing is sent or kept.
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { UserRound } from "lucide-react";
import { useId, useState, type FormEvent } from "react";
import { ApiError, tryAnswer, type Channel, type TriedAnswer } from "../api";
import { Badge, Button, explainDeed, Field, Input, Select } from "../ui";
import { useWords } from "../words";
import { plainWords } from "../words/people";
import { Card } from "./Frame";

const channels: readonly Channel[] = ["web", "sms", "voice", "email", "whatsapp"];

export function TryBox({ saveFirst }: { saveFirst?: boolean }) {
  const w = useWords();
  const t = w.settings.tryBox;
  const [question, setQuestion] = useState("");
  const [channel, setChannel] = useState<Channel>("web");
  const ask = useMutation({ mutationFn: (asked: { question: string; channel: Channel }) => tryAnswer(asked) });
  const said = ask.error instanceof ApiError ? ask.error.problem.errors?.find((e) => e.field === "question")?.message : undefined;
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (question.trim() && !ask.isPending) ask.mutate({ question: question.trim(), channel });
  }
  return (
    <Card title={t.title} about={saveFirst ? t.saveFirst : t.about}>
      <form onSubmit={submit} noValidate className="flex flex-wrap items-end gap-3">
        <Field label={t.question} className="min-w-60 flex-1" error={said}>
          {(c) => <Input {...c} value={question} maxLength={2000} autoComplete="off" placeholder={t.example} onChange={(e) => setQuestion(e.target.value)} />}
        </Field>
        <Field label={t.channel}>
          {(c) => (
            <Select {...c} value={channel} onChange={(e) => setChannel(e.target.value as Channel)}>
              {channels.map((name) => <option key={name} value={name}>{w.common.channel[name]}</option>)}
            </Select>
          )}
        </Field>
        <Button type="submit" busy={ask.isPending}>{t.ask}</Button>
      </form>
      <div aria-live="polite" className="empty:hidden">
        {ask.isPending ? <p className="text-ink-2">{t.thinking}</p>
          : ask.error && !said ? <p className="text-poor">{explainDeed(ask.error)}</p>
            : ask.data && <Answer asked={ask.variables.question} answer={ask.data} />}
      </div>
    </Card>
  );
}

function Answer({ asked, answer: a }: { asked: string; answer: TriedAnswer }) {
  const w = useWords();
  const t = w.settings.tryBox;
  const heading = useId();
  return (
    <div className="flex flex-col gap-2.5 border-t border-line pt-4">
      <p className="max-w-[85%] self-start rounded-xl rounded-bl-sm bg-sunk px-3.5 py-2 wrap-anywhere whitespace-pre-line">{asked}</p>
      <p className="try-answer max-w-[85%] self-end rounded-xl rounded-br-sm bg-accent-soft px-3.5 py-2 wrap-anywhere whitespace-pre-line text-accent-text">
        {a.reply ?? t.silent}
      </p>
      <p className="flex flex-wrap items-center justify-end gap-1.5">
        {a.wants_person && <Badge tone="fair"><UserRound className="size-3.5" aria-hidden="true" />{a.reason === "unknown" ? t.unknown : t.person}</Badge>}
        {a.intent && <Badge>{t.taken(plainWords(a.intent), Math.round(a.confidence * 100))}</Badge>}
        <Badge>{a.engine === "local" ? t.local : t.model}</Badge>
      </p>
      {a.articles.length > 0 ? (
        <div>
          <h4 id={heading} className="text-sm font-medium text-ink-2">{t.articles}</h4>
          <ul aria-labelledby={heading}>
            {a.articles.map((m) => (
              <li key={m.key} className="flex items-center gap-3">
                <Link to="/settings/$section/$entry" params={{ section: "answers", entry: m.key }} className="min-w-0 flex-1 truncate py-1 text-accent-text">{m.question}</Link>
                <span className="text-sm text-ink-2 tabular-nums">{Math.round(m.score * 100)} %</span>
              </li>
            ))}
          </ul>
        </div>
      ) : <p className="text-sm text-ink-2">{t.noArticles}</p>}
    </div>
  );
}
