// SPDX-License-Identifier: Apache-2.0
// What to do with several conversations at once, over the list while some are chosen.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { AlarmClock, CircleCheck, Ellipsis, MailCheck, MailOpen, RotateCcw, Tag as TagIcon, UserRound, X } from "lucide-react";
import { useState } from "react";
import { workInBulk, type WorkInBulkParams } from "../api";
import { NewTag, AssignChoices, SnoozeChoices, SnoozePick, TagChoices } from "../conversation/workMenus";
import { explainDeed, IconButton, Menu, MenuItem, MenuLabel, toast } from "../ui";
import { useWords } from "../words";
import { keys } from "../app/query";

type Deed = Omit<WorkInBulkParams, "conversation_ids">;

interface BulkProps {
  chosen: readonly string[];
  clear: () => void;
  /** Reads the list again. */
  refresh: () => void;
}

/** The server takes so many at once. */
const most = 100;

export function Bulk({ chosen, clear, refresh }: BulkProps) {
  const w = useWords();
  const client = useQueryClient();
  const [asked, setAsked] = useState<"time" | "tag" | null>(null);

  const work = useMutation({
    mutationFn: async ({ ids, deed }: { ids: readonly string[]; deed: Deed; undo?: Deed }) => {
      let failed = 0;
      for (let i = 0; i < ids.length; i += most) {
        failed += (await workInBulk({ conversation_ids: ids.slice(i, i + most), ...deed })).failed.length;
      }
      return failed;
    },
    onSuccess: (failed, { ids, undo }) => {
      if (failed) toast({ words: w.inbox.someFailed(failed, ids.length), tone: "trouble" });
      else toast({ words: w.inbox.changed(ids.length), ...(undo ? { undo: () => work.mutate({ ids, deed: undo }) } : {}) });
      clear();
    },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
    onSettled: (_, __, { ids }) => {
      refresh();
      for (const id of ids) void client.invalidateQueries({ queryKey: keys.conversation(id) });
    },
  });
  function run(deed: Deed, undo?: Deed): void {
    if (!work.isPending) work.mutate({ ids: chosen, deed, ...(undo ? { undo } : {}) });
  }

  const icon = "size-4.5";
  return (
    <div role="toolbar" aria-label={w.inbox.bulk} className="flex items-center gap-0.5 border-b border-line bg-accent-soft px-2 py-1">
      <p className="flex-1 pl-2 font-medium whitespace-nowrap text-accent-text" role="status">{w.inbox.chosen(chosen.length)}</p>
      <IconButton size="sm" label={w.inbox.complete} icon={<CircleCheck className={icon} />} busy={work.isPending}
                  onClick={() => run({ status: "completed" })} />
      <IconButton size="sm" label={w.inbox.markRead} icon={<MailCheck className={icon} />} busy={work.isPending}
                  onClick={() => run({ read: true }, { read: false })} />
      <Menu button={<IconButton size="sm" label={w.conversation.work.assign} icon={<UserRound className={icon} />} />}>
        <MenuLabel>{w.conversation.work.assign}</MenuLabel>
        <AssignChoices to={undefined} choose={(assign) => run({ assign })} />
      </Menu>
      <Menu button={<IconButton size="sm" label={w.conversation.work.snooze} icon={<AlarmClock className={icon} />} />}>
        <SnoozeChoices choose={(until) => run({ snooze_until: until.toISOString() })} pick={() => setAsked("time")} />
      </Menu>
      <Menu button={<IconButton size="sm" label={w.conversation.work.tags} icon={<TagIcon className={icon} />} />}>
        <TagChoices on={[]} toggle={(tag) => run({ add_tag: tag }, { remove_tag: tag })} make={() => setAsked("tag")} />
      </Menu>
      <Menu button={<IconButton size="sm" label={w.conversation.work.more} icon={<Ellipsis className={icon} />} />}>
        <MenuItem icon={<MailOpen className="size-4" />} run={() => run({ read: false }, { read: true })}>{w.inbox.markUnread}</MenuItem>
        <MenuItem icon={<RotateCcw className="size-4" />} run={() => run({ status: "active" })}>{w.inbox.reopen}</MenuItem>
      </Menu>
      <IconButton size="sm" label={w.inbox.clearChoice} keys="Escape" icon={<X className={icon} />} onClick={clear} />
      {asked === "time" && <SnoozePick close={() => setAsked(null)} choose={(until) => run({ snooze_until: until.toISOString() })} />}
      {asked === "tag" && <NewTag close={() => setAsked(null)} made={(t) => run({ add_tag: t.id }, { remove_tag: t.id })} />}
    </div>
  );
}
