// SPDX-License-Identifier: Apache-2.0
// Buttons, and links that look like them. `busy` keeps the focus and tells listeners, which
// `disabled` would not.
import { forwardRef, type ButtonHTMLAttributes, type ReactNode } from "react";
import { cx } from "./cx";
import { Tip } from "./Tip";

export type ButtonLook = "plain" | "main" | "quiet" | "danger";
export type ButtonSize = "md" | "sm";

const looks: Record<ButtonLook, string> = {
  plain: "border-line bg-panel text-ink hover:bg-sunk",
  main: "border-accent bg-accent text-accent-ink hover:border-accent-strong hover:bg-accent-strong",
  quiet: "border-transparent text-ink-2 hover:bg-sunk hover:text-ink",
  danger: "border-poor/40 bg-panel text-poor hover:bg-poor-soft",
};

const sizes: Record<ButtonSize, string> = {
  md: "min-h-9 px-3",
  sm: "min-h-7 px-2 text-sm",
};

/** For what must be another element, such as a router's link. */
export function buttonClass(look: ButtonLook = "plain", size: ButtonSize = "md", more?: string): string {
  return cx("inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap no-underline select-none",
    "aria-disabled:opacity-55 aria-disabled:hover:bg-panel disabled:opacity-55", looks[look], sizes[size], more);
}

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  look?: ButtonLook;
  size?: ButtonSize;
  busy?: boolean;
}

export const Button = forwardRef<HTMLButtonElement, ButtonProps>(function Button(
  { look, size, busy, className, onClick, type = "button", ...rest }, ref,
) {
  return (
    <button ref={ref} type={type} aria-disabled={busy || undefined} {...rest}
            className={buttonClass(look, size, className)}
            onClick={(e) => (busy ? e.preventDefault() : onClick?.(e))} />
  );
});

interface IconButtonProps extends Omit<ButtonProps, "children"> {
  /** What it does: read out, and shown as a tip. */
  label: string;
  keys?: string;
  icon: ReactNode;
}

export const IconButton = forwardRef<HTMLButtonElement, IconButtonProps>(function IconButton(
  { label, keys, icon, look = "quiet", size = "md", className, ...rest }, ref,
) {
  return (
    <Tip words={label} keys={keys}>
      <Button ref={ref} look={look} size={size} aria-label={label} {...rest}
              className={cx(size === "sm" ? "w-7 px-0!" : "w-9 px-0!", className)}>
        {icon}
      </Button>
    </Tip>
  );
});
