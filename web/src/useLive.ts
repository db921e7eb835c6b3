// SPDX-License-Identifier: Apache-2.0
// Joins the live socket to what a view shows: changes that come close together are told together,
// so that a burst costs one fetch.
import { useEffect, useRef, useState } from "react";
import { liveConnect, type Change, type LiveState } from "./live";

/** null: anything may have changed. */
export type Changes = readonly Change[] | null;

const gatherMs = 150;

export function useLive(tell: (changes: Changes) => void, refused: () => void): LiveState {
  const [state, setState] = useState<LiveState>("connecting");
  const listener = useRef({ tell, refused });
  useEffect(() => {
    listener.current = { tell, refused };
  });

  useEffect(() => {
    let gathered: Change[] = [];
    let everything = false;
    let timer: number | undefined;

    function soon(): void {
      timer ??= window.setTimeout(() => {
        const changes = everything ? null : gathered;
        timer = undefined;
        gathered = [];
        everything = false;
        listener.current.tell(changes);
      }, gatherMs);
    }

    const end = liveConnect({
      joined: () => {
        everything = true;
        soon();
      },
      changed: (change) => {
        gathered.push(change);
        soon();
      },
      state: setState,
      refused: () => listener.current.refused(),
    });
    return () => {
      window.clearTimeout(timer);
      end();
    };
  }, []);

  return state;
}
