// SPDX-License-Identifier: Apache-2.0
// Which call is listened to: one at a time, until somebody says so, it is over, or the page is left.
import { useCallback, useEffect, useRef, useState } from "react";
import { toast } from "../ui";
import { useWords } from "../words";
import { listenTo } from "./listen";

export interface Listening {
  /** The conversation of the call. */
  to: string;
  /** Its sound is here. */
  heard: boolean;
}

export function useListening(): { listening: Listening | null; listen: (to: string) => void; stop: () => void } {
  const w = useWords().live;
  const [listening, setListening] = useState<Listening | null>(null);
  const end = useRef<(() => void) | null>(null);
  const stop = useCallback(() => {
    end.current?.();
    end.current = null;
    setListening(null);
  }, []);
  const listen = useCallback((to: string) => {
    end.current?.();
    setListening({ to, heard: false });
    end.current = listenTo(to, {
      heard: () => setListening({ to, heard: true }),
      ended: (why) => {
        end.current = null;
        setListening(null);
        if (why !== null) toast({ words: why || w.listenLost, tone: "trouble" });
      },
    });
  }, [w]);
  useEffect(() => stop, [stop]);
  return { listening, listen, stop };
}
