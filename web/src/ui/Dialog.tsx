// SPDX-License-Identifier: Apache-2.0
// A dialog: holds the focus, closes by Escape and by a click beside it, gives the focus back.
import { Dialog as Radix } from "radix-ui";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useWords } from "../words";
import { cx } from "./cx";
import { IconButton } from "./Button";

interface DialogProps {
  open: boolean;
  close: () => void;
  title: string;
  /** A sentence under the title. */
  about?: ReactNode;
  /** Below, at the right: the buttons. */
  foot?: ReactNode;
  wide?: boolean;
  children: ReactNode;
}

/** The first field; without one the dialog itself, so that what it says is read out. */
function focusFirst(event: Event): void {
  const dialog = event.currentTarget as HTMLElement;
  event.preventDefault();
  (dialog.querySelector<HTMLElement>("input, textarea, select") ?? dialog).focus();
}

export const veilClass = "fixed inset-0 z-40 bg-veil";

export function Dialog({ open, close, title, about, foot, wide, children }: DialogProps) {
  const { actions } = useWords().common;
  return (
    <Radix.Root open={open} onOpenChange={(to) => !to && close()}>
      <Radix.Portal>
        <Radix.Overlay className={veilClass} />
        <Radix.Content onOpenAutoFocus={focusFirst} {...(about ? {} : { "aria-describedby": undefined })}
                       className={cx("fixed top-1/2 left-1/2 z-40 flex max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] -translate-1/2 flex-col rounded-xl border border-line bg-raised shadow-pop focus:outline-none",
                                     wide ? "max-w-3xl" : "max-w-md")}>
          <header className="flex items-start gap-3 border-b border-line py-3 pr-3 pl-5">
            <div className="min-w-0 flex-1 pt-1">
              <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
              {about && <Radix.Description className="mt-0.5 text-sm text-ink-2">{about}</Radix.Description>}
            </div>
            <Radix.Close asChild>
              <IconButton label={actions.close} icon={<X className="size-4.5" />} />
            </Radix.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {foot && <footer className="flex justify-end gap-2 border-t border-line px-5 py-3">{foot}</footer>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
