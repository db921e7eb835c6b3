// SPDX-License-Identifier: Apache-2.0
// A template is looked for by its name or words and taken by Enter: a field and a list under it, of
// which the field keeps the focus.
import { Link } from "@tanstack/react-router";
import { MessageSquareText } from "lucide-react";
import { useId, useRef, useState, type KeyboardEvent } from "react";
import type { Channel, ReplyTemplate } from "../api";
import { useActions } from "../app/actions";
import { useMay } from "../app/session";
import { cx, Failure, IconButton, Input, Loading, Popover, Shape } from "../ui";
import { useWords } from "../words";
import { fill, fits, useTemplates, type Known } from "./templates";

const keyName = "Ctrl+/";

interface TemplatePickerProps {
  channel: Channel;
  known: Known;
  take: (words: string) => void;
}

export function TemplatePicker({ channel, known, take }: TemplatePickerProps) {
  const w = useWords();
  const [open, setOpen] = useState(false);
  const taken = useRef(""); // until the list has gone, and with it the focus
  useActions([{ id: "templates", name: w.desk.templates.pick, group: w.conversation.keys.group, keys: keyName, run: () => setOpen(true) }]);
  return (
    <Popover align="start" open={open} change={setOpen} closed={(event) => {
               if (!taken.current) return;
               event.preventDefault();
               take(taken.current);
               taken.current = "";
             }}
             button={<IconButton label={w.desk.templates.pick} keys={keyName} icon={<MessageSquareText className="size-4.5" />} />}>
      <Choices channel={channel} known={known} take={(words) => { taken.current = words; setOpen(false); }} />
    </Popover>
  );
}

function Choices({ channel, known, take }: TemplatePickerProps) {
  const w = useWords().desk.templates;
  const mayWrite = useMay("settings.write");
  const { data, error, refetch } = useTemplates();
  const [sought, setSought] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const needle = sought.trim().toLowerCase();
  const here = data?.templates.filter((t) => fits(t, channel)) ?? [];
  const found = here.filter((t) => !needle || `${t.name} ${t.body}`.toLowerCase().includes(needle));
  const chosen = found[Math.min(at, found.length - 1)];

  function typed(e: KeyboardEvent): void {
    if (e.key === "ArrowDown") setAt(Math.min(at + 1, found.length - 1));
    else if (e.key === "ArrowUp") setAt(Math.max(at - 1, 0));
    else if (e.key === "Enter" && chosen) take(fill(chosen.body, known));
    else return;
    e.preventDefault();
  }

  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Loading><Shape className="h-9" /><Shape className="mt-2 h-24" /></Loading>;
  return (
    <>
      <Input value={sought} autoFocus placeholder={w.search} aria-label={w.search} role="combobox" aria-expanded aria-controls={list}
             aria-activedescendant={chosen ? `${list}-${chosen.id}` : undefined} onKeyDown={typed}
             onChange={(e) => { setSought(e.target.value); setAt(0); }} />
      {found.length > 0
        ? (
          <ul id={list} role="listbox" aria-label={w.list} className="-mx-1.5 mt-2 max-h-64 overflow-y-auto">
            {found.map((t) => <One key={t.id} id={`${list}-${t.id}`} template={t} on={t === chosen} words={fill(t.body, known)} take={take} />)}
          </ul>
        )
        : <p id={list} className="mt-2.5 text-ink-2">{here.length ? w.noneFound : w.noneHere}</p>}
      {mayWrite && (
        <Link to="/settings/$section" params={{ section: "templates" }} className="mt-2 inline-flex min-h-8 items-center text-sm font-medium text-accent-text no-underline hover:underline">{w.manage}</Link>
      )}
    </>
  );
}

interface OneProps {
  id: string;
  template: ReplyTemplate;
  on: boolean;
  words: string;
  take: (words: string) => void;
}

function One({ id, template, on, words, take }: OneProps) {
  return (
    <li id={id} role="option" aria-selected={on} onClick={() => take(words)}
        ref={(el) => { if (on) el?.scrollIntoView({ block: "nearest" }); }}
        className={cx("cursor-pointer rounded-md px-2.5 py-1.5", on ? "bg-sunk" : "hover:bg-sunk")}>
      <p className="truncate font-medium">{template.name}</p>
      <p className="line-clamp-2 text-sm text-ink-2">{words}</p>
    </li>
  );
}
