// SPDX-License-Identifier: Apache-2.0
// A word in a small coloured field; the word carries the meaning, not the colour.
import type { ReactNode } from "react";
import { cx } from "./cx";

export type Tone = "plain" | "accent" | "good" | "fair" | "poor";

const tones: Record<Tone, string> = {
  plain: "bg-sunk text-ink-2",
  accent: "bg-accent-soft text-accent-text",
  good: "bg-good-soft text-good",
  fair: "bg-fair-soft text-fair",
  poor: "bg-poor-soft text-poor",
};

export function Badge({ tone = "plain", className, children }: { tone?: Tone; className?: string; children: ReactNode }) {
  return (
    <span className={cx("inline-flex items-center gap-1 rounded-sm px-1.5 text-sm leading-5 font-medium whitespace-nowrap", tones[tone], className)}>
      {children}
    </span>
  );
}
