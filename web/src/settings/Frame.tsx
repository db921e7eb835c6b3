// SPDX-License-Identifier: Apache-2.0
// What every section of the settings is put together from: its heading and column, its cards, and
// the bar that says that something is not saved.
import { Link } from "@tanstack/react-router";
import { ArrowLeft, Lock } from "lucide-react";
import { useEffect, useId, useRef, type ReactNode } from "react";
import { Button, Loading, Shape, cx } from "../ui";
import { useWords } from "../words";

interface SectionFrameProps {
  title: string;
  /** A sentence under the title. */
  about?: ReactNode;
  /** At the right of the title. */
  actions?: ReactNode;
  /** Of an entry within the section: the section's path. Absent: back to the list, on a phone only. */
  backTo?: string;
  /** Below, always seen: <SaveBar>. */
  bar?: ReactNode;
  children: ReactNode;
}

export function SectionFrame({ title, about, actions, backTo, bar, children }: SectionFrameProps) {
  const w = useWords().settings;
  const heading = useRef<HTMLHeadingElement>(null);
  // On a phone the list has gone, and with it the focus.
  useEffect(() => {
    if (document.activeElement === document.body || !document.activeElement?.checkVisibility()) heading.current?.focus();
  }, []);
  const back = "mb-2 inline-flex min-h-9 items-center gap-1.5 font-medium text-accent-text no-underline hover:underline";
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex w-full max-w-3xl flex-col gap-5 px-4 py-4 wide:px-8 wide:py-6">
          <header>
            {backTo
              ? <Link to="/settings/$section" params={{ section: backTo }} className={back}><ArrowLeft className="size-4" aria-hidden="true" />{(w.sections as Record<string, string>)[backTo] ?? w.back}</Link>
              : <Link to="/settings" className={cx(back, "wide:hidden")}><ArrowLeft className="size-4" aria-hidden="true" />{w.toList}</Link>}
            <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-3">
              <div className="min-w-0 flex-1 basis-60">
                <h2 ref={heading} tabIndex={-1} className="text-xl font-semibold wrap-anywhere">{title}</h2>
                {about && <p className="mt-0.5 text-pretty text-ink-2">{about}</p>}
              </div>
              {actions && <div className="flex flex-wrap gap-2">{actions}</div>}
            </div>
          </header>
          {children}
        </div>
      </div>
      {bar}
    </div>
  );
}

interface CardProps {
  title?: string;
  about?: ReactNode;
  actions?: ReactNode;
  /** Without the padding, for lists that go from edge to edge. */
  flush?: boolean;
  children: ReactNode;
}

export function Card({ title, about, actions, flush, children }: CardProps) {
  const id = useId();
  return (
    <section {...(title ? { "aria-labelledby": id } : {})} className="min-w-0 rounded-xl border border-line bg-panel">
      {title && (
        <header className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2 border-b border-line px-4 py-2.5 wide:px-5">
          <div className="min-w-0">
            <h3 id={id} className="text-lg font-semibold">{title}</h3>
            {about && <p className="text-sm text-pretty text-ink-2">{about}</p>}
          </div>
          {actions}
        </header>
      )}
      <div className={flush ? undefined : "flex flex-col gap-4 px-4 py-4 wide:px-5"}>{children}</div>
    </section>
  );
}

interface SaveBarProps {
  dirty: boolean;
  busy: boolean;
  save: () => void;
  discard: () => void;
  /** What is wrong and belongs to no field. */
  error?: string;
}

/** Seen while something is not saved. Ctrl-S does the same. */
export function SaveBar({ dirty, busy, save, discard, error }: SaveBarProps) {
  const w = useWords();
  if (!dirty && !busy && !error) return null;
  return (
    <div role="region" aria-label={w.settings.unsaved} className="shrink-0 border-t border-line bg-raised">
      <div className="mx-auto flex w-full max-w-3xl flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5 wide:px-8">
        <p className={cx("min-w-0 flex-1", error ? "text-poor" : "text-ink-2")} role={error ? "alert" : "status"}>{error || w.settings.unsaved}</p>
        <div className="flex gap-2">
          <Button look="quiet" onClick={discard}>{w.settings.discard}</Button>
          <Button look="main" busy={busy} onClick={save}>{w.common.actions.save}</Button>
        </div>
      </div>
    </div>
  );
}

/** Who may look and not change is told so, once. */
export function ReadOnlyNote() {
  const w = useWords().settings;
  return (
    <p className="flex items-center gap-2 rounded-lg bg-sunk px-3 py-2 text-sm text-ink-2">
      <Lock className="size-4 shrink-0" aria-hidden="true" />{w.readOnly}
    </p>
  );
}

export function SectionLoading() {
  return (
    <div className="min-h-0 flex-1">
      <Loading className="mx-auto flex w-full max-w-3xl flex-col gap-5 px-4 py-6 wide:px-8">
        <Shape className="h-8 w-48" />
        <Shape className="h-56" />
        <Shape className="h-40" />
      </Loading>
    </div>
  );
}
