// SPDX-License-Identifier: Apache-2.0
// The filters: a field to search by, channels, and chips. Each changes the address, and nothing else
// holds them. A chip that is on takes its filter off again.
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronDown, Search, X } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useActions } from "../app/actions";
import { useMe } from "../app/session";
import { TagName, useStaff, useTags } from "../conversation/workMenus";
import { cx, IconButton, Menu, MenuCheck, MenuChoice, MenuLabel, MenuLine } from "../ui";
import { useWords } from "../words";
import { hourName, shortDate, weekdayName } from "../words/times";
import { channels, outcomes, sentiments, statuses, type InboxFilter } from "./search";
import { Views } from "./Views";

type Change = { [K in keyof InboxFilter]?: InboxFilter[K] | undefined };

const chip = "inline-flex min-h-7 items-center gap-0.5 rounded-full border px-2 text-sm font-medium whitespace-nowrap no-underline select-none";
const off = "border-line text-ink-2 hover:bg-sunk hover:text-ink";
const on = "border-transparent bg-accent-soft text-accent-text";

export function Filters({ filter }: { filter: InboxFilter }) {
  const w = useWords();
  const go = useNavigate();
  const set = (change: Change): void => void go({ to: "/inbox", search: { ...filter, ...change } as InboxFilter });
  const toggle = (name: "unread" | "needs_person", words: string) => (
    <button type="button" aria-pressed={filter[name] === true} className={cx(chip, filter[name] ? on : off)}
            onClick={() => set({ [name]: filter[name] ? undefined : true })}>{words}</button>
  );
  return (
    <div className="flex flex-col gap-1.5">
      <SearchField q={filter.q} set={(q) => set({ q })} />
      <Views filter={filter} />
      <nav aria-label={w.inbox.filterChannel} className="-mx-1 flex flex-wrap gap-x-0.5 gap-y-1">
        {[undefined, ...channels].map((channel) => (
          <Link key={channel ?? "all"} to="/inbox" search={{ ...filter, channel } as InboxFilter}
                aria-current={filter.channel === channel ? "page" : undefined} activeProps={{}} preload={false}
                className={cx(chip, "border-transparent!", filter.channel === channel ? on : off)}>
            {channel ? w.common.channels[channel] : w.inbox.all}
          </Link>
        ))}
      </nav>
      <div className="flex flex-wrap gap-1">
        {toggle("unread", w.inbox.unread)}
        {toggle("needs_person", w.inbox.needsPerson)}
        <Choice name={w.inbox.status} any={w.inbox.anyStatus} value={filter.status} change={(status) => set({ status })}
                choices={statuses.map((value) => ({ value, words: w.common.status[value] }))} />
        <More filter={filter} set={set} />
        <Others filter={filter} set={set} />
      </div>
    </div>
  );
}

/** What is typed is searched for when the typing rests. */
const restMs = 250;

function SearchField({ q, set }: { q: string | undefined; set: (q: string | undefined) => void }) {
  const w = useWords().inbox;
  const [typed, setTyped] = useState(q ?? "");
  const box = useRef<HTMLInputElement>(null);
  const told = useRef(q ?? "");

  // The address was changed by something else: a link, going back.
  useEffect(() => {
    if ((q ?? "") !== told.current) {
      told.current = q ?? "";
      setTyped(q ?? "");
    }
  }, [q]);

  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === told.current) return undefined;
    const timer = window.setTimeout(() => {
      told.current = wanted;
      set(wanted || undefined);
    }, restMs);
    return () => window.clearTimeout(timer);
  });

  useActions([{ id: "inbox search", name: w.search, group: w.keys.group, keys: "/", run: () => box.current?.focus() }]);

  return (
    <div className="relative">
      <Search className="pointer-events-none absolute top-2 left-2.5 size-4 text-ink-2" aria-hidden="true" />
      <input ref={box} type="search" value={typed} onChange={(e) => setTyped(e.target.value)} aria-label={w.search} placeholder={w.search}
             onKeyDown={(e) => e.key === "Escape" && (typed ? setTyped("") : box.current?.blur())} maxLength={200}
             className="h-8 w-full rounded-md border border-line bg-ground pr-8 pl-8 placeholder:text-ink-2 focus-visible:outline-offset-0 [&::-webkit-search-cancel-button]:hidden" />
      {typed && <IconButton size="sm" label={w.clearSearch} icon={<X className="size-4" />} className="absolute top-0.5 right-0.5" onClick={() => { setTyped(""); box.current?.focus(); }} />}
    </div>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  any: string;
  value: T | undefined;
  change: (to: T | undefined) => void;
  choices: readonly { value: T; words: ReactNode }[];
}

function Choice<T extends string>(props: ChoiceProps<T>) {
  const { name, value, choices } = props;
  const chosen = choices.find((c) => c.value === value);
  return (
    <Menu align="start" button={
      <button type="button" className={cx(chip, chosen ? on : off)}>
        <span className={chosen ? "sr-only" : undefined}>{name}</span>{chosen?.words}<ChevronDown className="size-3.5" />
      </button>
    }>
      <OneOf {...props} />
    </Menu>
  );
}

function OneOf<T extends string>({ any, value, change, choices }: ChoiceProps<T>) {
  return (
    <MenuChoice value={value ?? ""} change={(to) => change(to === "" ? undefined : (to as T))}
                choices={[{ value: "", words: any }, ...choices]} />
  );
}

interface MoreProps {
  filter: InboxFilter;
  set: (change: Change) => void;
}

/** What is wanted less often. */
function More({ filter, set }: MoreProps) {
  const w = useWords();
  const me = useMe();
  const staff = useStaff();
  const tags = useTags();
  return (
    <Menu align="start" button={<button type="button" className={cx(chip, off)}>{w.inbox.more}<ChevronDown className="size-3.5" /></button>}>
      <MenuCheck on={filter.snoozed === true} change={(is) => set({ snoozed: is || undefined })}>{w.inbox.snoozed}</MenuCheck>
      <MenuLine />
      <MenuLabel>{w.inbox.assigned}</MenuLabel>
      <OneOf name={w.inbox.assigned} any={w.inbox.anybody} value={filter.assigned} change={(assigned) => set({ assigned })}
             choices={[{ value: "me", words: w.inbox.me }, { value: "none", words: w.inbox.nobody },
                       ...staff.filter((s) => s.email !== me.email).map((s) => ({ value: s.id, words: s.name }))]} />
      {tags.length > 0 && (
        <>
          <MenuLine />
          <MenuLabel>{w.conversation.work.tags}</MenuLabel>
          <OneOf name={w.conversation.work.tags} any={w.inbox.anyTag} value={filter.tag} change={(tag) => set({ tag })}
                 choices={tags.map((t) => ({ value: t.id, words: <TagName tag={t} /> }))} />
        </>
      )}
      <MenuLine />
      <MenuLabel>{w.inbox.outcome}</MenuLabel>
      <OneOf name={w.inbox.outcome} any={w.inbox.anyOutcome} value={filter.outcome} change={(outcome) => set({ outcome })}
             choices={outcomes.map((value) => ({ value, words: w.common.outcome[value] }))} />
      <MenuLine />
      <MenuLabel>{w.inbox.sentiment}</MenuLabel>
      <OneOf name={w.inbox.sentiment} any={w.inbox.anySentiment} value={filter.sentiment} change={(sentiment) => set({ sentiment })}
             choices={sentiments.map((value) => ({ value, words: w.common.sentiment[value] }))} />
    </Menu>
  );
}

/** The filters that have no chip of their own while they are off. */
function Others({ filter, set }: MoreProps) {
  const w = useWords();
  const go = useNavigate();
  const staff = useStaff();
  const tags = useTags();
  const shown: [string, Change][] = [];
  if (filter.assigned) {
    shown.push([filter.assigned === "me" ? w.inbox.me : filter.assigned === "none" ? w.inbox.nobody
      : staff.find((s) => s.id === filter.assigned)?.name ?? w.inbox.somebody, { assigned: undefined }]);
  }
  if (filter.snoozed !== undefined) shown.push([filter.snoozed ? w.inbox.snoozed : w.inbox.without(w.inbox.snoozed), { snoozed: undefined }]);
  if (filter.unread === false) shown.push([w.inbox.without(w.inbox.unread), { unread: undefined }]);
  if (filter.needs_person === false) shown.push([w.inbox.without(w.inbox.needsPerson), { needs_person: undefined }]);
  if (filter.outcome) shown.push([w.common.outcome[filter.outcome], { outcome: undefined }]);
  if (filter.sentiment) shown.push([w.common.sentiment[filter.sentiment], { sentiment: undefined }]);
  if (filter.tag) shown.push([tags.find((t) => t.id === filter.tag)?.name ?? w.inbox.tag, { tag: undefined }]);
  if (filter.customer_id) shown.push([w.common.customer, { customer_id: undefined }]);
  if (filter.from || filter.until) {
    const day = (at: string | undefined): string | null => (at ? shortDate(at) : null);
    // The end is the first moment that is not in it any more.
    const last = filter.until && new Date(Date.parse(filter.until) - 1).toISOString();
    shown.push([w.inbox.between(day(filter.from), day(last)), { from: undefined, until: undefined }]);
  }
  if (filter.answered_by) shown.push([w.inbox.answeredBy(w.analytics.answeredBy[filter.answered_by]), { answered_by: undefined }]);
  if (filter.escalated !== undefined) {
    shown.push([filter.escalated ? w.analytics.escalations : w.inbox.without(w.analytics.escalations), { escalated: undefined }]);
  }
  if (filter.model !== undefined) shown.push([filter.model ? w.analytics.withModel : w.inbox.without(w.analytics.withModel), { model: undefined }]);
  if (filter.stage) shown.push([w.analytics.stages[filter.stage], { stage: undefined }]);
  if (filter.weekday !== undefined || filter.hour !== undefined) {
    const parts = [filter.weekday && weekdayName(filter.weekday, "long"), filter.hour !== undefined && hourName(filter.hour)];
    shown.push([parts.filter(Boolean).join(", "), { weekday: undefined, hour: undefined }]);
  }
  return (
    <>
      {shown.map(([words, change]) => (
        <button key={words} type="button" className={cx(chip, on)} onClick={() => set(change)}>{words}<X className="size-3.5" aria-label={w.common.actions.clear} /></button>
      ))}
      {Object.keys(filter).length > 1 && (
        <button type="button" className={cx(chip, "border-transparent text-ink-2 hover:bg-sunk hover:text-ink")} onClick={() => void go({ to: "/inbox", search: {} })}>
          {w.inbox.clearFilters}
        </button>
      )}
    </>
  );
}
