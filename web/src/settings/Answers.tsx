// SPDX-License-Identifier: Apache-2.0
// Questions and answers that the assistant knows beside the other facts, and a box to ask her as a
// customer would.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { MessageCircleQuestion } from "lucide-react";
import { useId, useMemo } from "react";
import { deleteFaq, listFaq, putFaq, type FaqArticle, type FaqList } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { Badge, Failure } from "../ui";
import { useWords } from "../words";
import { AddEntry, EntryList, keyFor, newEntry, NoEntry, RemoveButton, useRemove, withEntry } from "./entries";
import { Fields, linesOf, TextField, textOrNull, wordsOf } from "./fields";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";
import type { SectionProps } from "./sections";
import { TryBox } from "./TryBox";
import { useSettingsForm } from "./useSettingsForm";

const known = keys.business("faq");
const section = "answers";

export function Answers({ entry }: SectionProps) {
  const found = useQuery({ queryKey: known, queryFn: () => listFaq() });
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <SectionLoading />;
  const { faq } = found.data;
  if (entry === undefined) return <List faq={faq} />;
  const one = faq.find((a) => a.key === entry);
  return one || entry === newEntry ? <Entry key={entry} one={one} all={faq} /> : <NoEntry section={section} />;
}

function List({ faq }: { faq: readonly FaqArticle[] }) {
  const w = useWords().settings;
  const client = useQueryClient();
  const may = useMay("settings.write");
  return (
    <SectionFrame title={w.sections.answers} about={w.answers.about} actions={may && faq.length > 0 ? <AddEntry section={section} /> : undefined}>
      {!may && <ReadOnlyNote />}
      <TryBox />
      <EntryList section={section} part="faq" entries={faq} name={(a) => a.question} about={(a) => a.answer}
                 side={(a) => a.category && <Badge>{a.category}</Badge>}
                 nothing={{ icon: <MessageCircleQuestion />, title: w.answers.none, why: w.answers.noneWhy }}
                 reorder={(to) => client.setQueryData<FaqList>(known, { faq: to })} />
    </SectionFrame>
  );
}

type Typed = Record<"question" | "answer" | "category" | "synonyms", string>;

function Entry({ one, all }: { one: FaqArticle | undefined; all: readonly FaqArticle[] }) {
  const w = useWords().settings;
  const client = useQueryClient();
  const go = useNavigate();
  const categories = useId();
  const base = useMemo<Typed>(() => ({
    question: one?.question ?? "", answer: one?.answer ?? "", category: one?.category ?? "", synonyms: linesOf(one?.synonyms ?? null),
  }), [one]);
  const made = (typed: Typed): FaqArticle => ({
    key: one?.key ?? keyFor(typed.question, all), question: typed.question.trim(), answer: typed.answer.trim(),
    category: textOrNull(typed.category), synonyms: wordsOf(typed.synonyms),
  });
  const listed = (): FaqArticle[] => client.getQueryData<FaqList>(known)?.faq ?? [...all];
  const f = useSettingsForm<Typed, FaqList>({
    id: `${section}/${one?.key ?? newEntry}`, name: one?.question ?? w.entries.add.answers, base, known,
    label: (field) => w.answers.fields[field],
    check: (typed) => ({
      question: typed.question.trim() ? undefined : w.answers.questionNeeded,
      answer: typed.answer.trim() ? undefined : w.answers.answerNeeded,
    }),
    apply: (was, typed) => (one ? { faq: withEntry(was.faq, made(typed)) } : was),
    send: async (typed) => {
      const saved = await putFaq(made(typed));
      return { faq: withEntry(listed(), saved) };
    },
    ...(one ? {} : {
      takeBack: async (typed: Typed) => {
        const { key } = made(typed);
        await deleteFaq({ key });
        return { faq: listed().filter((a) => a.key !== key) };
      },
      done: () => void go({ to: "/settings/$section", params: { section } }),
    }),
  });
  const remove = useRemove<FaqArticle, FaqList>({
    section, known, name: (a) => a.question, end: (key) => deleteFaq({ key }), put: (a) => putFaq(a),
    without: (was, key) => ({ faq: was.faq.filter((a) => a.key !== key) }),
  });
  const { fields, hints } = w.answers;
  return (
    <SectionFrame title={one?.question ?? w.entries.add.answers} backTo={section} bar={f.bar}
                  actions={one && f.may ? <RemoveButton remove={() => remove(one)} /> : undefined}>
      {!f.may && <ReadOnlyNote />}
      <form ref={f.ref} onSubmit={f.submit} noValidate>
        <Card>
          <Fields>
            <TextField f={f} name="question" label={fields.question} wide max={1000} />
            <TextField f={f} name="answer" label={fields.answer} rows={5} max={4000} hint={hints.answer} />
            <TextField f={f} name="synonyms" label={fields.synonyms} rows={3} max={4000} hint={hints.synonyms} />
            <TextField f={f} name="category" label={fields.category} max={60} list={categories} hint={hints.category} />
          </Fields>
          <datalist id={categories}>{[...new Set(all.map((a) => a.category))].filter((c) => c !== null).map((c) => <option key={c} value={c} />)}</datalist>
          <input type="submit" hidden />
        </Card>
      </form>
      <TryBox saveFirst={f.dirty} />
    </SectionFrame>
  );
}
