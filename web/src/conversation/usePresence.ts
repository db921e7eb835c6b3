// SPDX-License-Identifier: Apache-2.0
// Says over the live socket that this conversation is looked at, and typed in, and hears who else does.
// A page that is hidden looks at nothing. What the server knows of it lapses unless it is said again.
import { useEffect, useRef, useState } from "react";
import { saySomething, usePresenceOf, type Person } from "../app/useLive";

const againMs = 20_000;
const typingMs = 5_000;

const none: readonly Person[] = [];

/** Who else is there. `typed` is to be called at each key. */
export function usePresence(conversation: string): { others: readonly Person[]; typed: () => void; rested: () => void } {
  const [others, setOthers] = useState<readonly Person[]>(none);
  const typing = useRef(false);
  const timer = useRef<number>(undefined);
  const last = useRef(0);

  function say(): void {
    last.current = Date.now();
    saySomething({ type: "here", conversation_id: document.hidden ? null : conversation, typing: typing.current });
  }

  useEffect(() => {
    const tell = (): void => {
      saySomething({ type: "here", conversation_id: document.hidden ? null : conversation, typing: typing.current });
      if (document.hidden) setOthers(none);
    };
    tell();
    const again = window.setInterval(tell, againMs);
    document.addEventListener("visibilitychange", tell);
    return () => {
      window.clearInterval(again);
      window.clearTimeout(timer.current);
      document.removeEventListener("visibilitychange", tell);
      saySomething({ type: "here", conversation_id: null, typing: false });
    };
  }, [conversation]);

  usePresenceOf(conversation, setOthers);

  function rested(): void {
    window.clearTimeout(timer.current);
    if (!typing.current) return;
    typing.current = false;
    say();
  }

  function typed(): void {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(rested, typingMs);
    if (typing.current && Date.now() - last.current < typingMs / 2) return;
    typing.current = true;
    say();
  }

  return { others, typed, rested };
}
