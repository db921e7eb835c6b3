// SPDX-License-Identifier: Apache-2.0
// One conversation in the list: who and when; the last words; how it stands.
import { Clock, Hand } from "lucide-react";
import type { ConversationRow, ConversationStatus, Tag } from "../api";
import { TagName } from "../conversation/workMenus";
import { Avatar, Badge, ChannelIcon, cx, DateTime } from "../ui";
import { useWords, type Words } from "../words";
import { rowTitle } from "../words/people";

export const rowHeight = 78;

/** What it is about, and the last words with who said them when it was not the customer. */
function about(row: ConversationRow, w: Words): { subject: string | null; last: string | null } {
  const subject = row.subject?.trim() || null;
  const preview = row.preview?.trim() || null;
  const last = preview && row.preview_direction === "outbound" && row.channel !== "voice" ? `↩ ${preview}` : preview;
  return { subject, last: last ?? (subject ? null : row.ai_summary?.trim() || w.inbox.noWords) };
}

export function Row({ row, tags }: { row: ConversationRow; tags: readonly Tag[] }) {
  const w = useWords();
  const known = Boolean(row.customer_name?.trim() || row.customer_phone);
  const { subject, last } = about(row, w);
  return (
    <>
      <span className="row-span-3 pt-0.5 text-ink-2 group-aria-[current]:text-accent-text" title={w.common.channel[row.channel]}>
        <ChannelIcon channel={row.channel} className="size-4.5" />
        <span className="sr-only">{w.common.channel[row.channel]}: </span>
      </span>
      <span className="flex min-w-0 items-center gap-1.5">
        <span className={cx("truncate", row.unread ? "font-bold" : known && "font-semibold")}>{rowTitle(row)}</span>
        {row.unread && <span className="size-2 shrink-0 rounded-full bg-accent"><span className="sr-only">{w.inbox.unread}</span></span>}
      </span>
      <DateTime at={row.last_activity_at} as="age" className={cx("text-sm", row.unread ? "font-semibold text-accent-text" : "text-ink-2")} />
      <span className="col-span-2 truncate">
        {subject && <span className={cx(last && "pr-1.5 font-medium")}>{subject}</span>}
        {last && <span className={row.unread ? undefined : "text-ink-2"}>{last}</span>}
      </span>
      <span className="col-span-2 flex min-w-0 items-center gap-2.5 text-sm text-ink-2">
        <Status status={row.status} />
        {row.needs_person && <Badge tone="fair"><Hand className="size-3.5" />{w.inbox.needsPerson}</Badge>}
        {row.snoozed_until && <Badge><Clock className="size-3.5" /><DateTime at={row.snoozed_until} as="age" /></Badge>}
        {row.outcome && <span className="truncate">{w.common.outcome[row.outcome]}</span>}
        {tags.filter((t) => row.tags.includes(t.id)).slice(0, 2).map((t) => <TagName key={t.id} tag={t} />)}
        <span className="ml-auto flex items-center gap-2">
          <Score score={row.satisfaction_score} />
          {row.assigned_to && (
            <span title={w.inbox.assignedTo(row.assigned_to.name)}>
              <span className="sr-only">{w.inbox.assignedTo(row.assigned_to.name)}</span><Avatar name={row.assigned_to.name} size="xs" />
            </span>
          )}
        </span>
      </span>
    </>
  );
}

/** Full: somebody may still write; hollow: over; square: it broke off. */
export function Status({ status }: { status: ConversationStatus }) {
  const w = useWords().common;
  return (
    <span className={cx("inline-flex items-center gap-1.5 whitespace-nowrap",
                        status === "active" && "text-accent-text", status === "failed" && "text-poor")}>
      <span className={cx("size-2 border-[1.5px]", status === "failed" ? "rounded-[1px] border-poor bg-poor" : "rounded-full",
                          status === "active" ? "border-accent bg-accent" : status === "completed" && "border-line-strong")} />
      {w.status[status]}
    </span>
  );
}

/** 1 to 10 in words and three colours; the number carries the meaning, not the colour. */
export function Score({ score, className }: { score: number | null; className?: string }) {
  const w = useWords().common;
  if (score === null) return null;
  return (
    <span title={w.satisfactionOf(score)}
          className={cx("font-semibold whitespace-nowrap tabular-nums", score >= 7 ? "text-good" : score >= 4 ? "text-fair" : "text-poor", className)}>
      <span className="sr-only">{w.satisfaction} </span>{score}<span className="font-normal text-ink-2">/10</span>
    </span>
  );
}
