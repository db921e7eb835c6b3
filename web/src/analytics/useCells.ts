// SPDX-License-Identifier: Apache-2.0
// A chart of many marks is one stop of the Tab key: the arrows go from mark to mark, Home and End to
// the first and the last. The marks have data-cell="ROW,COLUMN".
import type { KeyboardEvent } from "react";

const steps: Record<string, [number, number]> = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

export function moveByKeys(event: KeyboardEvent<HTMLElement>): void {
  const chart = event.currentTarget;
  const at = (document.activeElement as HTMLElement | null)?.dataset.cell?.split(",").map(Number);
  if (!at || event.ctrlKey || event.metaKey || event.altKey) return;
  const cells = [...chart.querySelectorAll<HTMLElement>("[data-cell]")];
  const step = steps[event.key];
  let to: HTMLElement | undefined;
  if (event.key === "Home") to = cells[0];
  else if (event.key === "End") to = cells.at(-1);
  else if (step) to = chart.querySelector<HTMLElement>(`[data-cell="${(at[0] ?? 0) + step[0]},${(at[1] ?? 0) + step[1]}"]`) ?? undefined;
  else return;
  event.preventDefault();
  if (!to) return;
  for (const cell of cells) cell.tabIndex = cell === to ? 0 : -1;
  to.focus();
}
