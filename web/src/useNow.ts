// SPDX-License-Identifier: Apache-2.0
// The time as far as words like "5 min" need it: renders again twice a minute.
import { useEffect, useState } from "react";

const everyMs = 30_000;

export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(new Date()), everyMs);
    return () => window.clearInterval(timer);
  }, []);
  return now;
}
