// SPDX-License-Identifier: Apache-2.0
// A table of a page's width: sticky head, a row's link in its first cell. For hundreds of rows; more
// go into a VirtualList. On a phone, columns marked `wide` are left out.
import type { ReactNode } from "react";
import { cx } from "./cx";

export interface Column<T> {
  name: string;
  cell: (row: T) => ReactNode;
  /** Numbers stand at the right. */
  number?: boolean;
  /** Only where there is place. */
  wide?: boolean;
}

interface TableProps<T> {
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  id: (row: T) => string | number;
}

export function Table<T>({ label, columns, rows, id }: TableProps<T>) {
  const cell = (c: Column<T>) => cx("px-3 py-2", c.number && "text-right tabular-nums", c.wide && "hidden wide:table-cell");
  return (
    <table className="w-full border-collapse" aria-label={label}>
      <thead>
        <tr className="border-b border-line text-left text-sm text-ink-2">
          {columns.map((c) => <th key={c.name} scope="col" className={cx(cell(c), "sticky top-0 bg-panel font-medium")}>{c.name}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={id(row)} className="border-b border-line hover:bg-ground">
            {columns.map((c) => <td key={c.name} className={cell(c)}>{c.cell(row)}</td>)}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
