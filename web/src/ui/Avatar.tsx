// SPDX-License-Identifier: Apache-2.0
// Somebody's initials on a colour that is theirs. Beside their name, so it is not read out.
import { cx } from "./cx";

/** Hues that stay apart on both grounds. */
const colours = [
  "bg-accent-soft text-accent-text", "bg-fair-soft text-fair", "bg-good-soft text-good", "bg-poor-soft text-poor", "bg-sunk text-ink",
];

function initials(name: string): string {
  const parts = name.trim().split(/\s+/).filter((p) => /^\p{L}/u.test(p));
  const first = parts[0] ?? "";
  const last = parts.length > 1 ? parts[parts.length - 1] ?? "" : "";
  return [...first].slice(0, 1).join("").toUpperCase() + [...last].slice(0, 1).join("").toUpperCase();
}

function hash(name: string): number {
  let h = 0;
  for (const c of name) h = (h * 31 + (c.codePointAt(0) ?? 0)) % 9973;
  return h;
}

export function Avatar({ name, size = "md" }: { name: string; size?: "xs" | "sm" | "md" | "lg" }) {
  return (
    <span aria-hidden="true"
          className={cx("inline-flex shrink-0 items-center justify-center rounded-full font-semibold select-none", colours[hash(name) % colours.length],
                        size === "xs" ? "size-5 text-[0.625rem]" : size === "sm" ? "size-6 text-xs" : size === "lg" ? "size-12 text-lg" : "size-9 text-sm")}>
      {initials(name) || "?"}
    </span>
  );
}
