// SPDX-License-Identifier: Apache-2.0
// Keys as they are on the keyboard: "g i" one after the other, "Ctrl+Enter" together.
import { useWords } from "../words";
import { cx } from "./cx";

const mac = /Mac|iPhone|iPad/.test(navigator.platform);
const drawn: Record<string, string> = { Ctrl: mac ? "⌘" : "Ctrl", Enter: "↵", Escape: "Esc", ArrowUp: "↑", ArrowDown: "↓" };

export function Kbd({ children, inverse }: { children: string; inverse?: boolean }) {
  return (
    <kbd className={cx("inline-flex h-5 min-w-5 items-center justify-center rounded-sm border px-1 font-sans text-xs",
                       inverse ? "border-current/40 text-current" : "border-line bg-sunk text-ink-2")}>
      {drawn[children] ?? (children.length === 1 ? children.toUpperCase() : children)}
    </kbd>
  );
}

export function Keys({ keys, inverse }: { keys: string; inverse?: boolean }) {
  const { then } = useWords().common.shortcuts;
  const steps = keys.split(" ");
  return (
    <span className="inline-flex items-center gap-1">
      {steps.map((step, i) => (
        <span key={i} className="inline-flex items-center gap-0.5">
          {i > 0 && <span className="px-0.5 text-xs opacity-80">{then}</span>}
          {step.split("+").map((key) => <Kbd key={key} {...(inverse ? { inverse } : {})}>{key}</Kbd>)}
        </span>
      ))}
    </span>
  );
}
