// SPDX-License-Identifier: Apache-2.0
// The tags that conversations can have: name and colour, changed in place.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Tags, Trash2 } from "lucide-react";
import { useRef, useState, type FormEvent } from "react";
import { ApiError, createTag, deleteTag, listTags, updateTag, type Tag, type TagList as List } from "../api";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { freshKey } from "../lib/freshKey";
import { Button, Dialog, explainDeed, Failure, Field, IconButton, Input, Nothing, toast } from "../ui";
import { useWords } from "../words";
import { Card, ReadOnlyNote, SectionFrame, SectionLoading } from "./Frame";

const known = keys.tags();
const trouble = (error: unknown): void => toast({ words: explainDeed(error), tone: "trouble" });

function useTagDeeds() {
  const client = useQueryClient();
  const set = (change: (was: Tag[]) => Tag[]): void => {
    client.setQueryData<List>(known, (was) => was && { tags: change(was.tags).toSorted((a, b) => a.name.localeCompare(b.name)) });
  };
  return {
    add: async (tag: Pick<Tag, "name" | "colour">, key: string): Promise<Tag> => {
      const made = await createTag(tag, { idempotencyKey: key });
      set((was) => [...was.filter((t) => t.id !== made.id), made]);
      return made;
    },
    change: async (tag: Tag, to: Pick<Tag, "name" | "colour">): Promise<void> => {
      set((was) => was.map((t) => (t.id === tag.id ? { ...t, ...to } : t)));
      try {
        await updateTag({ tag_id: tag.id, ...to });
      } catch (error) {
        set((was) => was.map((t) => (t.id === tag.id ? tag : t)));
        throw error;
      }
    },
    remove: async (tag: Tag): Promise<void> => {
      set((was) => was.filter((t) => t.id !== tag.id));
      try {
        await deleteTag({ tag_id: tag.id });
        // The inbox shows them at its rows.
        void client.invalidateQueries({ queryKey: ["conversations"] });
      } catch (error) {
        set((was) => [...was, tag]);
        throw error;
      }
    },
  };
}

export function TagList() {
  const w = useWords().settings;
  const may = useMay("conversations.write");
  const found = useQuery({ queryKey: known, queryFn: () => listTags() });
  const [asked, setAsked] = useState<Tag | null>(null);
  const deeds = useTagDeeds();
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <SectionLoading />;
  const { tags } = found.data;

  /** One that nothing has comes back whole; of one in use only a question can protect. */
  function take(tag: Tag): void {
    if (tag.conversations > 0) setAsked(tag);
    else deeds.remove(tag).then(() => toast({ words: w.tags.removed(tag.name), undo: () => void deeds.add(tag, freshKey()).catch(trouble) }), trouble);
  }

  return (
    <SectionFrame title={w.sections.tags} about={w.tags.about}>
      {!may && <ReadOnlyNote />}
      <Card flush>
        {may && <AddTag />}
        {tags.length === 0
          ? <Nothing icon={<Tags />} title={w.tags.none}>{w.tags.noneWhy}</Nothing>
          : <ul className="divide-y divide-line">{tags.map((t) => <Row key={t.id} tag={t} may={may} take={() => take(t)} />)}</ul>}
      </Card>
      {asked && (
        <Dialog open close={() => setAsked(null)} title={w.tags.removeTitle(asked.name)} about={w.tags.removeAbout(asked.conversations)} foot={
          <>
            <Button onClick={() => setAsked(null)}>{w.keep}</Button>
            <Button look="danger" onClick={() => { setAsked(null); deeds.remove(asked).then(() => toast({ words: w.tags.removed(asked.name) }), trouble); }}>{w.tags.removeIt}</Button>
          </>
        }>
          <p className="text-ink-2">{w.tags.removeWhy}</p>
        </Dialog>
      )}
    </SectionFrame>
  );
}

function Row({ tag, may, take }: { tag: Tag; may: boolean; take: () => void }) {
  const w = useWords().settings.tags;
  const { change } = useTagDeeds();
  // Only while it is typed; else as the server has it.
  const [typed, setTyped] = useState<string | null>(null);
  const [colour, setColour] = useState<string | null>(null);
  const [error, setError] = useState("");

  function save(to: Pick<Tag, "name" | "colour">): void {
    if (!to.name.trim()) {
      setError(w.nameNeeded);
      return;
    }
    setTyped(null);
    setColour(null);
    setError("");
    if (to.name.trim() === tag.name && to.colour === tag.colour) return;
    change(tag, { ...to, name: to.name.trim() }).then(
      () => toast({ words: w.saved(to.name.trim()), undo: () => void change({ ...tag, ...to }, { name: tag.name, colour: tag.colour }).catch(trouble) }),
      (e: unknown) => {
        setTyped(to.name);
        setError(explainDeed(e));
      });
  }

  const id = `tag-${tag.id}`;
  return (
    <li className="px-4 py-2 wide:px-5">
      <div className="flex items-center gap-3">
        <Input type="color" aria-label={w.colourOf(tag.name)} disabled={!may} className="w-10! shrink-0 p-1!" value={colour ?? tag.colour}
               onChange={(e) => setColour(e.target.value)} onBlur={() => colour && save({ name: tag.name, colour })} />
        <Input aria-label={w.nameOf(tag.name)} disabled={!may} value={typed ?? tag.name} maxLength={60} autoComplete="off" className="max-w-72"
               aria-invalid={error ? true : undefined} aria-describedby={error ? id : undefined}
               onChange={(e) => { setTyped(e.target.value); setError(""); }}
               onBlur={() => typed !== null && !error && save({ name: typed, colour: tag.colour })}
               onKeyDown={(e) => {
                 if (e.key === "Enter" && typed !== null) save({ name: typed, colour: tag.colour });
                 if (e.key === "Escape" && typed !== null) {
                   setTyped(null);
                   setError("");
                 }
               }} />
        <span className="min-w-0 flex-1 text-right text-sm">
          {tag.conversations > 0
            ? <Link to="/inbox" search={{ tag: tag.id }} className="whitespace-nowrap text-accent-text">{w.used(tag.conversations)}</Link>
            : <span className="whitespace-nowrap text-ink-2">{w.used(0)}</span>}
        </span>
        {may && <IconButton label={w.remove(tag.name)} icon={<Trash2 className="size-4" />} onClick={take} />}
      </div>
      {error && <p id={id} className="pt-1 pl-13 text-sm text-poor" role="alert">{error}</p>}
    </li>
  );
}

function AddTag() {
  const w = useWords().settings.tags;
  const [name, setName] = useState("");
  const [colour, setColour] = useState("#0f6a61");
  const key = useRef(freshKey());
  const { add, remove } = useTagDeeds();
  const make = useMutation({
    mutationFn: () => add({ name: name.trim(), colour }, key.current),
    onSuccess: (made) => {
      setName("");
      key.current = freshKey();
      toast({ words: w.added(made.name), undo: () => void remove(made).catch(trouble) });
    },
  });
  const error = make.error ? (make.error instanceof ApiError ? make.error.problem.errors?.[0]?.message : undefined) ?? explainDeed(make.error) : undefined;
  function submit(event: FormEvent): void {
    event.preventDefault();
    if (name.trim() && !make.isPending) make.mutate();
  }
  return (
    <form onSubmit={submit} noValidate className="flex items-end gap-3 border-b border-line bg-ground/60 px-4 py-3 wide:px-5">
      <Field label={w.colour}>
        {(c) => <Input {...c} type="color" className="w-10! p-1!" value={colour} onChange={(e) => { key.current = freshKey(); setColour(e.target.value); }} />}
      </Field>
      <Field label={w.newName} error={error} className="max-w-72 min-w-0 flex-1">
        {(c) => <Input {...c} value={name} maxLength={60} autoComplete="off" onChange={(e) => { key.current = freshKey(); make.reset(); setName(e.target.value); }} />}
      </Field>
      <Button type="submit" busy={make.isPending || !name.trim()}>{w.add}</Button>
    </form>
  );
}
