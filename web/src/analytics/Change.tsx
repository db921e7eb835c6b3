// SPDX-License-Identifier: Apache-2.0
// How a figure went on from the span before: an arrow and words; colour only where one way is better.
import { ArrowDownRight, ArrowRight, ArrowUpRight } from "lucide-react";
import { cx } from "../ui";
import { useWords } from "../words";
import { trendOf } from "./figures";

const drawings = { up: ArrowUpRight, down: ArrowDownRight, same: ArrowRight };

interface ChangeProps {
  value: number | null;
  before: number | null;
  /** As the figure itself is written. */
  say: (value: number) => string;
  better?: "up" | "down";
  className?: string;
}

export function Change({ value, before, say, better, className }: ChangeProps) {
  const w = useWords().analytics;
  const change = trendOf(value, before);
  if (!change || before === null) return <span className={cx("text-sm text-ink-2", className)}>{w.noBefore}</span>;
  const Drawing = drawings[change.trend];
  const tone = !better || change.trend === "same" || change.percent === null ? "text-ink-2" : change.trend === better ? "text-good" : "text-poor";
  return (
    <span className={cx("inline-flex items-center gap-1 text-sm whitespace-nowrap", tone, className)} title={w.before(say(before))}>
      <Drawing className="size-3.5 shrink-0" aria-hidden="true" />
      <span>{change.percent === null ? w.before(say(before)) : w.percent(change.percent)}</span>
      <span className="sr-only">, {w.before(say(before))}</span>
    </span>
  );
}
