// SPDX-License-Identifier: Apache-2.0
// Moving through a list of links by keyboard. One row at a time takes part in the Tab order; what is out
// of sight is drawn before it has the focus. A row's link carries data-id.
import { useCallback, useRef, useState, type KeyboardEvent } from "react";

/** ids: of the rows, in order. open: the row whose page is shown. */
export function useRowKeys(ids: readonly string[], open: string | undefined) {
  const box = useRef<HTMLDivElement>(null);
  /** For VirtualList: brings the row of that number into sight. */
  const reach = useRef<((index: number) => void) | null>(null);
  const [at, setAt] = useState<string | null>(null);
  const indexOf = (id: string | null | undefined): number => (id ? ids.indexOf(id) : -1);
  /** The row in the Tab order. */
  const stop = indexOf(at) >= 0 ? at : indexOf(open) >= 0 ? open : ids[0];

  const focus = useCallback((id: string): void => {
    setAt(id);
    const row = () => box.current?.querySelector<HTMLAnchorElement>(`a[data-id="${id}"]`);
    if (row()?.checkVisibility()) row()?.focus({ preventScroll: true });
    else window.requestAnimationFrame(() => window.requestAnimationFrame(() => row()?.focus({ preventScroll: true })));
  }, []);

  function move(step: number): void {
    const here = (document.activeElement as HTMLElement | null)?.dataset.id;
    // From outside the list, the first press goes to the row where one was.
    const to = here ? Math.min(Math.max(indexOf(here) + step, 0), ids.length - 1) : indexOf(stop);
    const id = ids[to];
    if (id === undefined) return;
    reach.current?.(to);
    focus(id);
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -ids.length, End: ids.length };
    const step = steps[event.key];
    if (step === undefined) return;
    move(step);
    event.preventDefault();
    event.stopPropagation();
  }

  return { box, reach, stop, focus, move, setAt, onKeyDown };
}
