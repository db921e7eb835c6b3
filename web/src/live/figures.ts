// SPDX-License-Identifier: Apache-2.0
// The server's own figures, /metrics, as numbers by name. Those of times are left out. Pure but for
// the request.
import { ApiError } from "../api";

export type Figures = ReadonlyMap<string, number>;

export function readFigures(text: string): Figures {
  const found = new Map<string, number>();
  for (const line of text.split("\n")) {
    const parts = /^(?:ava_)?([a-z_]+) (\d+(?:\.\d+)?)$/.exec(line);
    if (parts?.[1]) found.set(parts[1], Number(parts[2]));
  }
  return found;
}

export async function fetchFigures(): Promise<Figures> {
  const answer = await fetch("/metrics", { credentials: "same-origin" });
  if (!answer.ok) throw new ApiError({ type: "about:blank", title: answer.statusText, status: answer.status });
  return readFigures(await answer.text());
}
