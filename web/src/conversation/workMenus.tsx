// SPDX-License-Identifier: Apache-2.0
// The choices of what can be done with conversations: to whom, until when, which tags. Parts of menus,
// for one conversation and for several.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { createTag, listStaff, listTags, type Tag } from "../api";
import { keys } from "../app/query";
import { useMe } from "../app/session";
import { Button, Dialog, explainDeed, Field, Input, MenuCheck, MenuChoice, MenuItem, MenuLabel, MenuLine } from "../ui";
import { useWords } from "../words";

/** They change seldom, and no change of theirs is told by the socket. */
const staleMs = 60_000;

export function useStaff() {
  return useQuery({ queryKey: keys.staff(), queryFn: () => listStaff(), staleTime: staleMs }).data?.staff ?? [];
}

const none: readonly Tag[] = [];

export function useTags(): readonly Tag[] {
  return useQuery({ queryKey: keys.tags(), queryFn: () => listTags(), staleTime: staleMs }).data?.tags ?? none;
}

/** `to`: none, or a member of the staff by id. */
export function AssignChoices({ to, choose }: { to: string | undefined; choose: (to: string) => void }) {
  const w = useWords().conversation.work;
  const me = useMe();
  const staff = useStaff();
  const first = [...staff].sort((a, b) => Number(b.email === me.email) - Number(a.email === me.email));
  return (
    <MenuChoice value={to ?? ""} change={choose}
                choices={[{ value: "none", words: w.nobody }, ...first.map((s) => ({ value: s.id, words: s.email === me.email ? w.me(s.name) : s.name }))]} />
  );
}

/** A tag's own colour as a dot beside its name, which is in ours: any colour stays readable. */
export function TagName({ tag }: { tag: Tag }) {
  return (
    <span className="inline-flex min-w-0 items-center gap-1.5">
      <span className="size-2 shrink-0 rounded-full border border-line" style={{ background: tag.colour }} /><span className="truncate">{tag.name}</span>
    </span>
  );
}

interface TagChoicesProps {
  on: readonly string[];
  toggle: (tag: string, on: boolean) => void;
  /** Asks for the dialog that makes a new one. */
  make: () => void;
}

export function TagChoices({ on, toggle, make }: TagChoicesProps) {
  const w = useWords().conversation.work;
  const tags = useTags();
  return (
    <>
      {tags.length === 0 && <MenuLabel>{w.noTags}</MenuLabel>}
      {tags.map((t) => <MenuCheck key={t.id} on={on.includes(t.id)} change={(is) => toggle(t.id, is)}><TagName tag={t} /></MenuCheck>)}
      <MenuLine />
      <MenuItem icon={<Plus className="size-4" />} run={make}>{w.newTag}</MenuItem>
    </>
  );
}

export function NewTag({ close, made }: { close: () => void; made: (tag: Tag) => void }) {
  const w = useWords();
  const client = useQueryClient();
  const [name, setName] = useState("");
  const [colour, setColour] = useState("#0f6a61");
  const make = useMutation({
    mutationFn: () => createTag({ name: name.trim(), colour }),
    onSuccess: async (tag) => {
      await client.invalidateQueries({ queryKey: keys.tags() });
      made(tag);
      close();
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() && !make.isPending) make.mutate();
  }
  return (
    <Dialog open close={close} title={w.conversation.work.newTagTitle}
            foot={<><Button onClick={close}>{w.common.actions.cancel}</Button><Button look="main" type="submit" form="new-tag" busy={make.isPending || !name.trim()}>{w.conversation.work.make}</Button></>}>
      <form id="new-tag" onSubmit={submit} className="flex flex-col gap-4">
        <Field label={w.conversation.work.newTagName} error={make.isError ? explainDeed(make.error) : undefined}>
          {(control) => <Input {...control} value={name} maxLength={60} required onChange={(e) => setName(e.target.value)} />}
        </Field>
        <Field label={w.conversation.work.newTagColour}>
          {(control) => <Input {...control} type="color" className="w-16! p-1!" value={colour} onChange={(e) => setColour(e.target.value)} />}
        </Field>
      </form>
    </Dialog>
  );
}

const morning = 9;

function later(days: number, hour: number): Date {
  const at = new Date();
  at.setDate(at.getDate() + days);
  at.setHours(hour, 0, 0, 0);
  return at;
}

/** In three hours, on the half hour. */
function laterToday(): Date {
  const half = 30 * 60_000;
  return new Date(Math.ceil((Date.now() + 6 * half) / half) * half);
}

const toMonday = (): number => ((8 - new Date().getDay()) % 7) || 7;

interface SnoozeChoicesProps {
  choose: (until: Date) => void;
  /** Asks for the dialog with a time of one's own. */
  pick: () => void;
}

export function SnoozeChoices({ choose, pick }: SnoozeChoicesProps) {
  const w = useWords().conversation.work;
  return (
    <>
      {new Date().getHours() < 20 && <MenuItem run={() => choose(laterToday())}>{w.laterToday}</MenuItem>}
      <MenuItem run={() => choose(later(1, morning))}>{w.tomorrow}</MenuItem>
      <MenuItem run={() => choose(later(toMonday(), morning))}>{w.nextWeek}</MenuItem>
      <MenuItem run={pick}>{w.pick}</MenuItem>
    </>
  );
}

export function SnoozePick({ close, choose }: { close: () => void; choose: (until: Date) => void }) {
  const w = useWords();
  const [at, setAt] = useState("");
  const [wrong, setWrong] = useState(false);
  function submit(event: FormEvent): void {
    event.preventDefault();
    const until = new Date(at);
    const ms = until.getTime() - Date.now();
    if (!(ms > 0 && ms < 366 * 86_400_000)) {
      setWrong(true);
      return;
    }
    choose(until);
    close();
  }
  return (
    <Dialog open close={close} title={w.conversation.work.pickTitle} about={w.conversation.work.pickAbout}
            foot={<><Button onClick={close}>{w.common.actions.cancel}</Button><Button look="main" type="submit" form="snooze">{w.conversation.work.snooze}</Button></>}>
      <form id="snooze" onSubmit={submit} noValidate>
        <Field label={w.conversation.work.pickLabel} error={wrong ? w.conversation.work.pickPast : undefined}>
          {(control) => <Input {...control} type="datetime-local" required value={at} onChange={(e) => { setAt(e.target.value); setWrong(false); }} />}
        </Field>
      </form>
    </Dialog>
  );
}
