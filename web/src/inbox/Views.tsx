// SPDX-License-Identifier: Apache-2.0
// Views: filters kept under a name, one click away. The chip of the one that is shown has a menu with
// what can be done with it; when the filters are no view's yet, they can be kept as one.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { BookmarkPlus, ChevronDown, Pencil, RefreshCw, Trash2, Users } from "lucide-react";
import { useRef, useState } from "react";
import { createView, deleteView, listViews, updateView, type SavedView, type SavedViewList } from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { freshKey } from "../lib/freshKey";
import { cx, explainDeed, Field, FormDialog, Input, Menu, MenuItem, Switch, toast } from "../ui";
import { useWords } from "../words";
import { readInboxSearch, type InboxFilter } from "./search";

const chip = "inline-flex min-h-7 min-w-0 items-center gap-1 rounded-full border px-2.5 text-sm font-medium whitespace-nowrap no-underline select-none";

/** One text for equal filters, in whatever order they were set. */
const shapeOf = (filter: InboxFilter): string => JSON.stringify(Object.entries(filter).sort(([a], [b]) => (a < b ? -1 : 1)));

type Open = { what: "new" } | { what: "edit"; view: SavedView } | null;

export function Views({ filter }: { filter: InboxFilter }) {
  const w = useWords();
  const v = w.desk.views;
  const { data } = useQuery({ queryKey: keys.views(), queryFn: () => listViews() });
  const [open, setOpen] = useState<Open>(null);
  const views = data?.views ?? [];
  const present = shapeOf(filter);
  const filtered = Object.keys(filter).length > 0;
  const shown = views.find((view) => shapeOf(readInboxSearch(view.filters)) === present);
  // The one that was shown before something was changed can be given the change.
  const before = useRef<string | null>(null);
  if (shown) before.current = shown.id;
  else if (!filtered) before.current = null;
  const changed = !shown && filtered ? views.find((view) => view.id === before.current && view.may_change) : undefined;
  const mayKeep = data !== undefined && filtered && !shown;
  useActions(mayKeep ? [{ id: "keep view", name: v.save, group: w.inbox.keys.group, run: () => setOpen({ what: "new" }) }] : []);
  if (!views.length && !mayKeep) return null;
  return (
    <div className="-mx-1 flex flex-wrap items-center gap-1" role="group" aria-label={v.label}>
      {views.map((view) => <Chip key={view.id} view={view} on={view === shown} edit={() => setOpen({ what: "edit", view })} />)}
      {changed && <Update view={changed} filter={filter} />}
      {mayKeep && (
        <button type="button" onClick={() => setOpen({ what: "new" })} className={cx(chip, "border-dashed border-line-strong text-ink-2 hover:bg-sunk hover:text-ink")}>
          <BookmarkPlus className="size-3.5" aria-hidden="true" />{v.save}
        </button>
      )}
      {open && <Edit open={open} filter={filter} close={() => setOpen(null)} />}
    </div>
  );
}

function useViews() {
  const client = useQueryClient();
  return {
    again: () => void client.invalidateQueries({ queryKey: keys.views() }),
    show: (change: (was: SavedView[]) => SavedView[]) =>
      void client.setQueryData<SavedViewList>(keys.views(), (was) => was && { views: change(was.views) }),
  };
}

function Chip({ view, on, edit }: { view: SavedView; on: boolean; edit: () => void }) {
  const w = useWords().desk.views;
  const { again, show } = useViews();
  const back = useMutation({
    mutationFn: () => createView({ name: view.name, filters: view.filters, shared: view.shared }),
    onSettled: again,
  });
  const gone = useMutation({
    mutationFn: () => deleteView({ view_id: view.id }),
    onMutate: () => show((was) => was.filter((one) => one.id !== view.id)),
    onSuccess: () => toast({ words: w.removed(view.name), undo: () => back.mutate() }),
    onError: (error) => {
      toast({ words: explainDeed(error), tone: "trouble" });
      again();
    },
  });
  const look = on ? "border-transparent bg-accent-soft text-accent-text" : "border-line text-ink hover:bg-sunk";
  return (
    <span className="flex min-w-0 items-center">
      <Link to="/inbox" search={on ? {} : readInboxSearch(view.filters)} aria-current={on ? "true" : undefined} activeProps={{}} activeOptions={{ exact: true }} preload={false}
            title={view.shared && !view.mine ? w.by(view.owner) : undefined} className={cx(chip, look, on && view.may_change && "rounded-r-none pr-1.5!")}>
        {view.shared && <Users className="size-3.5 shrink-0" aria-label={w.everybodys} />}<span className="max-w-40 truncate">{view.name}</span>
      </Link>
      {on && view.may_change && (
        <Menu align="start" button={
          <button type="button" aria-label={w.more(view.name)} className={cx("flex min-h-7 items-center rounded-r-full pr-1.5 pl-0.5", look)}><ChevronDown className="size-3.5" /></button>
        }>
          <MenuItem icon={<Pencil className="size-4" />} run={edit}>{w.edit}</MenuItem>
          <MenuItem icon={<Trash2 className="size-4" />} run={() => gone.mutate()}>{w.remove}</MenuItem>
        </Menu>
      )}
    </span>
  );
}

function Update({ view, filter }: { view: SavedView; filter: InboxFilter }) {
  const w = useWords().desk.views;
  const { again, show } = useViews();
  const keep = useMutation({
    mutationFn: (filters: object) => updateView({ view_id: view.id, filters: { ...filters } }),
    onMutate: (filters) => show((was) => was.map((one) => (one.id === view.id ? { ...one, filters: { ...filters } } : one))),
    onError: (error) => {
      toast({ words: explainDeed(error), tone: "trouble" });
      again();
    },
  });
  return (
    <button type="button" onClick={() => keep.mutate(filter, { onSuccess: () => toast({ words: w.updated(view.name), undo: () => keep.mutate(view.filters) }) })}
            className={cx(chip, "border-transparent text-ink-2 hover:bg-sunk hover:text-ink")}>
      <RefreshCw className="size-3.5" aria-hidden="true" /><span className="max-w-52 truncate">{w.update}: {view.name}</span>
    </button>
  );
}

function Edit({ open, filter, close }: { open: NonNullable<Open>; filter: InboxFilter; close: () => void }) {
  const w = useWords();
  const v = w.desk.views;
  const { again } = useViews();
  const view = open.what === "edit" ? open.view : null;
  const [name, setName] = useState(view?.name ?? "");
  const [shared, setShared] = useState(view?.shared ?? false);
  const [touched, setTouched] = useState(false);
  const once = useRef(freshKey());
  const save = useMutation({
    mutationFn: () => (view
      ? updateView({ view_id: view.id, name: name.trim(), shared })
      : createView({ name: name.trim(), shared, filters: { ...filter } }, { idempotencyKey: once.current })),
    onSuccess: () => {
      again();
      close();
    },
    onError: () => {
      once.current = freshKey();
    },
  });
  return (
    <FormDialog title={view ? v.rename : v.title} about={view ? undefined : v.about} action={w.common.actions.save} busy={save.isPending} error={save.error} close={close}
                submit={() => { setTouched(true); if (name.trim()) save.mutate(); }}>
      <Field label={v.name} error={touched && !name.trim() ? v.nameNeeded : undefined}>
        {(c) => <Input {...c} value={name} maxLength={40} autoComplete="off" onChange={(e) => setName(e.target.value)} />}
      </Field>
      <Switch label={v.shared} hint={v.sharedHint} on={shared} change={setShared} />
    </FormDialog>
  );
}
