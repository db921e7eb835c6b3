// SPDX-License-Identifier: Apache-2.0
// A menu behind a button: arrow keys, first letters, Escape.
import { DropdownMenu, Popover as RadixPopover } from "radix-ui";
import { Check } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";
import { Keys } from "./Kbd";

const panel = "z-40 rounded-lg border border-line bg-raised shadow-pop animate-pop focus:outline-none";
const item = "flex min-h-8 cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-1 outline-none select-none data-[highlighted]:bg-sunk data-[disabled]:opacity-55";

interface MenuProps {
  /** The button that opens it. */
  button: ReactNode;
  align?: "start" | "end";
  side?: "top" | "right" | "bottom" | "left";
  children: ReactNode;
}

export function Menu({ button, align = "end", side = "bottom", children }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{button}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content align={align} side={side} sideOffset={5} collisionPadding={8}
                              className={cx(panel, "max-h-(--radix-dropdown-menu-content-available-height) min-w-48 overflow-y-auto p-1")}>
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

interface MenuItemProps {
  children: ReactNode;
  run: () => void;
  icon?: ReactNode;
  keys?: string;
  danger?: boolean;
  /** Leaves the menu open. */
  stay?: boolean;
  disabled?: boolean;
}

export function MenuItem({ children, run, icon, keys, danger, stay, disabled }: MenuItemProps) {
  return (
    <DropdownMenu.Item className={cx(item, danger && "text-poor")} disabled={disabled ?? false}
                       onSelect={(e) => { if (stay) e.preventDefault(); run(); }}>
      {icon}<span className="flex-1">{children}</span>{keys && <Keys keys={keys} />}
    </DropdownMenu.Item>
  );
}

/** One of several that can be on. */
export function MenuCheck({ children, on, change }: { children: ReactNode; on: boolean; change: (on: boolean) => void }) {
  return (
    <DropdownMenu.CheckboxItem className={item} checked={on} onCheckedChange={change} onSelect={(e) => e.preventDefault()}>
      <span className="w-4"><DropdownMenu.ItemIndicator><Check className="size-4" /></DropdownMenu.ItemIndicator></span>{children}
    </DropdownMenu.CheckboxItem>
  );
}

interface MenuChoiceProps<T extends string> {
  value: T;
  change: (to: T) => void;
  choices: readonly { value: T; words: ReactNode }[];
}

/** One of several, of which one holds. */
export function MenuChoice<T extends string>({ value, change, choices }: MenuChoiceProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(to) => change(to as T)}>
      {choices.map((c) => (
        <DropdownMenu.RadioItem key={c.value} value={c.value} className={item}>
          <span className="w-4"><DropdownMenu.ItemIndicator><Check className="size-4" /></DropdownMenu.ItemIndicator></span>{c.words}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export const MenuLabel = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className="px-2.5 pt-1.5 pb-1 text-sm font-medium text-ink-2">{children}</DropdownMenu.Label>
);

export const MenuLine = () => <DropdownMenu.Separator className="my-1 h-px bg-line" />;

/** A small panel at a button, for what is no menu: a form, a date. */
export function Popover({ button, align = "end", children, open, change, closed }: {
  button: ReactNode;
  align?: "start" | "end";
  children: ReactNode;
  open?: boolean;
  change?: (open: boolean) => void;
  /** It gives the focus back to its button, unless this prevents it. */
  closed?: (event: Event) => void;
}) {
  return (
    <RadixPopover.Root {...(open === undefined ? {} : { open })} {...(change ? { onOpenChange: change } : {})}>
      <RadixPopover.Trigger asChild>{button}</RadixPopover.Trigger>
      <RadixPopover.Portal>
        <RadixPopover.Content align={align} sideOffset={5} collisionPadding={8} className={cx(panel, "w-80 p-3")} {...(closed ? { onCloseAutoFocus: closed } : {})}>
          {children}
        </RadixPopover.Content>
      </RadixPopover.Portal>
    </RadixPopover.Root>
  );
}
