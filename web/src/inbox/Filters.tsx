// SPDX-License-Identifier: Apache-2.0
// The filters as chips; each changes the address, and nothing else holds them.
import { Link, useNavigate } from "@tanstack/react-router";
import { ChevronDown, X } from "lucide-react";
import { Button, cx, Menu, MenuChoice } from "../ui";
import { useWords } from "../words";
import { channels, statuses, type InboxFilter } from "./search";

const chip = "inline-flex min-h-7 items-center gap-1 rounded-full border px-2.5 text-sm font-medium whitespace-nowrap no-underline select-none";
const off = "border-line text-ink-2 hover:bg-sunk hover:text-ink";
const on = "border-transparent bg-accent-soft text-accent-text";

export function Filters({ filter }: { filter: InboxFilter }) {
  const w = useWords();
  const go = useNavigate();
  const set = (change: { [K in keyof InboxFilter]?: InboxFilter[K] | undefined }): void =>
    void go({ to: "/inbox", search: { ...filter, ...change } as InboxFilter });
  return (
    <div className="flex flex-col gap-1.5">
      <nav aria-label={w.inbox.filterChannel} className="-mx-1 flex flex-wrap gap-x-0.5 gap-y-1">
        {[undefined, ...channels].map((channel) => (
          <Link key={channel ?? "all"} to="/inbox" search={{ ...filter, channel } as InboxFilter}
                aria-current={filter.channel === channel ? "page" : undefined} activeProps={{}} preload={false}
                className={cx(chip, "border-transparent! px-2!", filter.channel === channel ? on : off)}>
            {channel ? w.common.channels[channel] : w.inbox.all}
          </Link>
        ))}
      </nav>
      <div className="flex flex-wrap gap-1">
        <Choice name={w.inbox.status} any={w.inbox.anyStatus} value={filter.status} change={(status) => set({ status })}
                choices={statuses.map((value) => ({ value, words: w.common.status[value] }))} />
        {Object.keys(filter).length > 0 && (
          <Button look="quiet" size="sm" onClick={() => void go({ to: "/inbox", search: {} })}>
            <X className="size-3.5" />{w.inbox.clearFilters}
          </Button>
        )}
      </div>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  name: string;
  any: string;
  value: T | undefined;
  change: (to: T | undefined) => void;
  choices: readonly { value: T; words: string }[];
}

function Choice<T extends string>({ name, any, value, change, choices }: ChoiceProps<T>) {
  const chosen = choices.find((c) => c.value === value);
  return (
    <Menu align="start" button={
      <button type="button" className={cx(chip, chosen ? on : off)}>
        <span className={chosen ? "sr-only" : undefined}>{name}</span>{chosen?.words}<ChevronDown className="size-3.5" />
      </button>
    }>
      <MenuChoice value={value ?? ""} change={(to) => change(to === "" ? undefined : (to as T))}
                  choices={[{ value: "", words: any }, ...choices]} />
    </Menu>
  );
}
