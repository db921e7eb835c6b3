// SPDX-License-Identifier: Apache-2.0
// A time, as short as the place wants it, and in full for who asks.
import { clockTime, dayAndTime, fullTime, shortAge } from "../words/times";
import { useNow } from "./useNow";

interface DateTimeProps {
  at: string;
  /** clock: 14:03; day: Today, 14:03; age: as a list says it. */
  as?: "clock" | "day" | "age";
  className?: string;
}

export function DateTime({ at, as = "clock", className }: DateTimeProps) {
  const now = useNow();
  const said = as === "clock" ? clockTime(at) : as === "day" ? dayAndTime(at, now) : shortAge(at, now);
  return <time dateTime={at} title={fullTime(at)} className={className}>{said}</time>;
}
