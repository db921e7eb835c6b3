// SPDX-License-Identifier: Apache-2.0
// What a place shows when it has nothing else to show: that it is coming, a failure with a way on,
// or emptiness with a reason and the next step.
import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "../api";
import { useWords, words } from "../words";
import { Button } from "./Button";
import { cx } from "./cx";

/** Why something could not be shown. */
export function explain(error: unknown): string {
  const { state } = words().common;
  if (!(error instanceof ApiError)) return state.unreachable;
  if (error.status === 403) return state.forbidden;
  if (error.status === 429) return state.tooMany;
  return error.status >= 500 ? state.failed : error.message;
}

/** Why something could not be done; the server's own words where it says what is wrong. */
export function explainDeed(error: unknown): string {
  const { state } = words().common;
  if (!(error instanceof ApiError)) return state.unreachable;
  return error.status >= 500 && error.status !== 501 ? state.notDone : error.message;
}

const place = "state m-auto flex max-w-104 flex-col items-center gap-3 px-5 py-8 text-center text-ink-2";

export function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  const { actions } = useWords().common;
  return (
    <div className={place} role="alert">
      <TriangleAlert className="size-7 text-fair" aria-hidden="true" />
      <p>{explain(error)}</p>
      <Button onClick={retry}>{actions.tryAgain}</Button>
    </div>
  );
}

interface NothingProps {
  title: string;
  icon?: ReactNode;
  children?: ReactNode;
}

export function Nothing({ title, icon, children }: NothingProps) {
  return (
    <div className={place}>
      {icon && <span className="text-line-strong [&>svg]:size-8" aria-hidden="true">{icon}</span>}
      <p className="state-title text-lg font-semibold text-ink">{title}</p>
      {children && <div className="flex flex-col items-center gap-3">{children}</div>}
    </div>
  );
}

/** A shape of what is coming; a fast answer never lets it be seen. */
export function Shape({ className }: { className?: string }) {
  return <div className={cx("rounded-lg bg-sunk", className)} />;
}

/** Put Shapes into it as the page will look, or rows of a list by their number. */
export function Loading({ rows, children, className }: { rows?: number; children?: ReactNode; className?: string }) {
  const { state } = useWords().common;
  return (
    <div role="status" className={cx("animate-appear", className)}>
      <span className="sr-only">{state.loading}</span>
      {rows !== undefined && Array.from({ length: rows }, (_, i) => <Shape key={i} className="mx-4 my-3 h-14" />)}
      {children}
    </div>
  );
}
