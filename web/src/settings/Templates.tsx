// SPDX-License-Identifier: Apache-2.0
// What the staff answer again and again. Taking one away can be undone and is not asked about.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { MessageSquareText, Pencil, Plus, Trash2 } from "lucide-react";
import { useRef, useState } from "react";
import { flushSync } from "react-dom";
import {
  createReplyTemplate, deleteReplyTemplate, showBusiness, updateReplyTemplate, type ReplyTemplate, type ReplyTemplateList, type TemplateChannel,
} from "../api";
import { keys } from "../app/query";
import { useMay, useMe } from "../app/session";
import { fill, knownOf, places, useTemplates, type Place } from "../conversation/templates";
import { freshKey } from "../lib/freshKey";
import { Badge, Button, explainDeed, Failure, Field, FormDialog, IconButton, Input, Nothing, Select, TextArea, toast } from "../ui";
import { useWords } from "../words";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";

const channels: readonly TemplateChannel[] = ["any", "sms", "whatsapp", "email", "web"];

export function Templates() {
  const w = useWords().desk.templates;
  const may = useMay("settings.write");
  const [open, setOpen] = useState<ReplyTemplate | "new" | null>(null);
  const { data, error, refetch } = useTemplates();
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <SectionLoading />;
  const add = may && <Button look="main" onClick={() => setOpen("new")}><Plus className="size-4" aria-hidden="true" />{w.add}</Button>;
  return (
    <SectionFrame title={w.title} about={w.about} actions={data.templates.length > 0 && add}>
      {!may && <ReadOnlyNote />}
      <Card flush>
        {data.templates.length === 0
          ? <Nothing icon={<MessageSquareText />} title={w.none}><p>{w.noneAbout}</p>{add}</Nothing>
          : (
            <ul aria-label={w.list} className="divide-y divide-line">
              {data.templates.map((t) => <Row key={t.id} template={t} edit={may ? () => setOpen(t) : undefined} />)}
            </ul>
          )}
      </Card>
      {open && <Edit template={open === "new" ? null : open} close={() => setOpen(null)} />}
    </SectionFrame>
  );
}

function Row({ template: t, edit }: { template: ReplyTemplate; edit: (() => void) | undefined }) {
  const w = useWords().desk.templates;
  const client = useQueryClient();
  const show = (change: (was: ReplyTemplate[]) => ReplyTemplate[]): void =>
    void client.setQueryData<ReplyTemplateList>(keys.replyTemplates(), (was) => was && { templates: change(was.templates) });
  const again = (): void => void client.invalidateQueries({ queryKey: keys.replyTemplates() });
  const back = useMutation({
    mutationFn: () => createReplyTemplate({ name: t.name, channel: t.channel, body: t.body }),
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
    onSettled: again,
  });
  const gone = useMutation({
    mutationFn: () => deleteReplyTemplate({ template_id: t.id }),
    onMutate: () => show((was) => was.filter((one) => one.id !== t.id)),
    onSuccess: () => toast({ words: w.removed(t.name), undo: () => back.mutate() }),
    onError: (error) => {
      toast({ words: explainDeed(error), tone: "trouble" });
      again();
    },
  });
  return (
    <li className="flex items-start gap-3 px-4 py-3 wide:px-5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <span className="font-medium wrap-anywhere">{t.name}</span>
          {t.channel !== "any" && <Badge>{w.channels[t.channel]}</Badge>}
        </p>
        <p className="line-clamp-3 whitespace-pre-line text-ink-2 wrap-anywhere">{t.body}</p>
      </div>
      {edit && (
        <div className="flex shrink-0">
          <IconButton label={w.edit(t.name)} icon={<Pencil className="size-4" />} onClick={edit} />
          <IconButton label={w.remove(t.name)} icon={<Trash2 className="size-4" />} onClick={() => gone.mutate()} />
        </div>
      )}
    </li>
  );
}

function Edit({ template, close }: { template: ReplyTemplate | null; close: () => void }) {
  const w = useWords();
  const d = w.desk.templates;
  const client = useQueryClient();
  const me = useMe();
  const business = useQuery({ queryKey: keys.business("facts"), queryFn: () => showBusiness() });
  const [now, setNow] = useState({ name: template?.name ?? "", channel: template?.channel ?? "any" as TemplateChannel, body: template?.body ?? "" });
  const [touched, setTouched] = useState(false);
  const once = useRef(freshKey());
  const box = useRef<HTMLTextAreaElement>(null);
  const wrong = { name: now.name.trim() ? undefined : d.nameNeeded, body: now.body.trim() ? undefined : d.bodyNeeded };
  const save = useMutation({
    mutationFn: () => {
      const what = { ...now, name: now.name.trim(), body: now.body.trim() };
      return template ? updateReplyTemplate({ template_id: template.id, ...what }) : createReplyTemplate(what, { idempotencyKey: once.current });
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.replyTemplates() });
      close();
    },
    onError: () => {
      once.current = freshKey();
    },
  });
  function put(place: Place): void {
    const { selectionStart: from, selectionEnd: to } = box.current ?? { selectionStart: now.body.length, selectionEnd: now.body.length };
    const words = `{{${place}}}`;
    flushSync(() => setNow({ ...now, body: now.body.slice(0, from) + words + now.body.slice(to) })); // for the caret
    box.current?.focus();
    box.current?.setSelectionRange(from + words.length, from + words.length);
  }
  const example = fill(now.body, knownOf({ id: 0, name: d.exampleCustomer, phone: null, email: null }, me.name, business.data?.facts));
  return (
    <FormDialog title={template ? d.change : d.add} action={w.common.actions.save} busy={save.isPending} error={save.error} close={close}
                submit={() => { setTouched(true); if (!wrong.name && !wrong.body) save.mutate(); }}>
      <Field label={d.name} error={touched ? wrong.name : undefined}>
        {(c) => <Input {...c} value={now.name} maxLength={80} autoComplete="off" onChange={(e) => setNow({ ...now, name: e.target.value })} />}
      </Field>
      <Field label={d.channel}>
        {(c) => (
          <Select {...c} value={now.channel} onChange={(e) => setNow({ ...now, channel: e.target.value as TemplateChannel })}>
            {channels.map((k) => <option key={k} value={k}>{d.channels[k]}</option>)}
          </Select>
        )}
      </Field>
      <Field label={d.body} error={touched ? wrong.body : undefined}>
        {(c) => <TextArea {...c} ref={box} rows={5} value={now.body} maxLength={5000} className="field-sizing-content max-h-60" onChange={(e) => setNow({ ...now, body: e.target.value })} />}
      </Field>
      <div role="group" aria-label={d.places} className="-mt-1 flex flex-wrap items-center gap-1.5 text-sm">
        <span className="text-ink-2">{d.places}</span>
        {places.map((p) => <Button key={p} size="sm" onClick={() => put(p)}>{d.place[p]}</Button>)}
      </div>
      {now.body.includes("{{") && (
        <div className="rounded-md bg-sunk px-3 py-2">
          <p className="text-sm text-ink-2">{d.example}</p>
          <p className="whitespace-pre-line wrap-anywhere">{example}</p>
        </div>
      )}
    </FormDialog>
  );
}
