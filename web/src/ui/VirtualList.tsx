// SPDX-License-Identifier: Apache-2.0
// A long list of which only what is seen is in the document. Rows of one height; what is loaded next
// is asked for before the end comes into view. Rows may move: what is under the pointer, or at the
// top when the reader has scrolled, stays where it is, and what moved is above or below it.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useLayoutEffect, useRef, type ReactNode, type RefObject } from "react";
import { cx } from "./cx";

interface VirtualListProps<T> {
  label: string;
  rows: readonly T[];
  id: (row: T) => string;
  height: number;
  row: (row: T, index: number) => ReactNode;
  /** This row is in the document whether it is seen or not: the one that has the focus. */
  keep?: string | null | undefined;
  /** There are more; called near the end. */
  more?: (() => void) | undefined;
  /** Scrolls to a row by its index. */
  reach?: RefObject<((index: number) => void) | null>;
  /** Told whether the list is at its top. */
  atTop?: (is: boolean) => void;
  foot?: ReactNode;
  className?: string;
}

/** Before the end of the list, in rows. */
const ahead = 12;

export function VirtualList<T>({
  label, rows, id, height, row, keep, more, reach, atTop, foot, className,
}: VirtualListProps<T>) {
  const scroller = useRef<HTMLDivElement>(null);
  const kept = keep ? rows.findIndex((r) => id(r) === keep) : -1;
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (i) => { const r = rows[i]; return r === undefined ? i : id(r); },
    overscan: 8,
    rangeExtractor: (range) => {
      const from = Math.max(range.startIndex - range.overscan, 0);
      const to = Math.min(range.endIndex + range.overscan, range.count - 1);
      const seen = Array.from({ length: to - from + 1 }, (_, i) => from + i);
      if (kept >= 0 && kept < from) seen.unshift(kept);
      if (kept > to) seen.push(kept);
      return seen;
    },
  });
  const items = list.getVirtualItems();
  const total = list.getTotalSize();

  if (reach) reach.current = (index) => list.scrollToIndex(index, { align: "auto" });

  const last = items[items.length - 1]?.index ?? -1;
  useEffect(() => {
    if (more && last >= rows.length - ahead) more();
  }, [last, rows.length, more]);

  useStill(scroller, rows, id, height);

  return (
    <div ref={scroller} className={cx("rows min-h-0 flex-1 overflow-y-auto overscroll-contain [overflow-anchor:none]", className)}
         onScroll={(e) => atTop?.(e.currentTarget.scrollTop < height / 2)}>
      <ul aria-label={label} className="relative" style={{ height: total }}>
        {items.map((item) => {
          const of = rows[item.index];
          return of === undefined ? null : (
            <li key={item.key} className="absolute inset-x-0 top-0" aria-setsize={more ? -1 : rows.length} aria-posinset={item.index + 1}
                style={{ height: item.size, transform: `translateY(${item.start}px)` }}>
              {row(of, item.index)}
            </li>
          );
        })}
      </ul>
      {foot}
    </div>
  );
}

/** Keeps what the reader points at, or has scrolled to, where it is while rows move. */
function useStill<T>(scroller: RefObject<HTMLDivElement | null>, rows: readonly T[], id: (row: T) => string, height: number): void {
  const before = useRef<readonly string[]>([]);
  const pointer = useRef<number | null>(null);

  useEffect(() => {
    const el = scroller.current;
    if (!el) return undefined;
    const at = (e: PointerEvent): void => {
      pointer.current = e.pointerType === "mouse" ? e.clientY : null;
    };
    const gone = (): void => {
      pointer.current = null;
    };
    el.addEventListener("pointermove", at);
    el.addEventListener("pointerleave", gone);
    return () => {
      el.removeEventListener("pointermove", at);
      el.removeEventListener("pointerleave", gone);
    };
  }, [scroller]);

  useLayoutEffect(() => {
    const el = scroller.current;
    const was = before.current;
    const is = rows.map(id);
    before.current = is;
    if (!el || was.length === 0) return;
    const y = pointer.current === null ? (el.scrollTop > 0 ? 0 : null) : pointer.current - el.getBoundingClientRect().top;
    if (y === null) return;
    const places = new Map(is.map((name, i) => [name, i]));
    // The row that is pointed at; when it is what moved up, the next that did not.
    for (let i = Math.floor((el.scrollTop + y) / height); i >= 0 && i < was.length; i++) {
      const now = places.get(was[i] ?? "");
      if (now === undefined || now < i) continue;
      if (now !== i) el.scrollTop += (now - i) * height;
      return;
    }
  }, [rows, id, height, scroller]);
}
