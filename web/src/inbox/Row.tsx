// SPDX-License-Identifier: Apache-2.0
// One conversation in the list.
import type { ConversationRow, ConversationStatus } from "../api";
import { ChannelIcon, cx, DateTime } from "../ui";
import { useWords } from "../words";
import { rowTitle } from "../words/people";

export const rowHeight = 76;

export function Row({ row }: { row: ConversationRow }) {
  const w = useWords();
  const known = Boolean(row.customer_name?.trim() || row.customer_phone);
  const about = row.subject?.trim() || row.ai_summary?.trim();
  return (
    <>
      <span className="row-span-3 pt-0.5 text-ink-2 group-aria-[current]:text-accent-text" title={w.common.channel[row.channel]}>
        <ChannelIcon channel={row.channel} className="size-4.5" />
        <span className="sr-only">{w.common.channel[row.channel]}: </span>
      </span>
      <span className={cx("truncate", known ? "font-semibold" : "font-medium")}>{rowTitle(row)}</span>
      <DateTime at={row.last_activity_at} as="age" className="text-sm text-ink-2" />
      <span className={cx("col-span-2 truncate", !about && "text-ink-2")}>{about || w.inbox.noWords}</span>
      <span className="col-span-2 flex min-w-0 items-center gap-3 text-sm text-ink-2">
        <Status status={row.status} />
        {row.outcome && <span className="truncate">{w.common.outcome[row.outcome]}</span>}
        <Score score={row.satisfaction_score} className="ml-auto" />
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
