// SPDX-License-Identifier: Apache-2.0
// What a view shows of the server: fetched under a key, kept while it is fetched again, dropped when
// the key changes. Answers that were overtaken are thrown away. `fetcher` must be the same function
// from one render to the next.
import { useCallback, useEffect, useRef, useState } from "react";

export interface Fetched<T> {
  data: T | null;
  error: Error | null;
  loading: boolean;
  /** Fetches again; asked for while a fetch is under way, once more after it. */
  refresh: () => void;
}

interface Held<T> {
  key: string | null;
  data: T | null;
  error: Error | null;
}

export function useFetched<T>(key: string | null, fetcher: (key: string) => Promise<T>): Fetched<T> {
  const [held, setHeld] = useState<Held<T>>({ key: null, data: null, error: null });
  const again = useRef<() => void>(() => {});

  useEffect(() => {
    if (key === null) return undefined;
    let dropped = false;
    let running = false;
    let wanted = false;

    async function run(of: string): Promise<void> {
      if (running) {
        wanted = true;
        return;
      }
      running = true;
      do {
        wanted = false;
        try {
          const data = await fetcher(of);
          if (!dropped) setHeld({ key: of, data, error: null });
        } catch (e) {
          if (dropped) return;
          const error = e instanceof Error ? e : new Error(String(e));
          setHeld((before) => ({ key: of, data: before.key === of ? before.data : null, error }));
        }
      } while (wanted && !dropped);
      running = false;
    }

    again.current = () => void run(key);
    void run(key);
    return () => {
      dropped = true;
      again.current = () => {};
    };
  }, [key, fetcher]);

  const refresh = useCallback(() => again.current(), []);
  const mine = held.key === key && key !== null;
  return {
    data: mine ? held.data : null,
    error: mine ? held.error : null,
    loading: key !== null && !mine,
    refresh,
  };
}
