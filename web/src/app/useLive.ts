// SPDX-License-Identifier: Apache-2.0
// Joins the live socket to what the page knows: what changed is made stale, and what of it is being
// looked at is fetched again. A first change is passed on at once; those that follow closely are
// gathered, so that a burst costs one fetch. Pages that do more with a change listen (useChanges).
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useRef, useState } from "react";
import { liveConnect, type Change, type Live, type LiveState, type Presence, type Spoken } from "./live";

/** null: anything may have changed. */
export type Changes = readonly Change[] | null;

const gatherMs = 120;
const listeners = new Set<(changes: Changes) => void>();
const hearers = new Set<(spoken: Spoken) => void>();
const lookers = new Set<(presence: Presence) => void>();

export type Person = Presence["who"][number];

let live: Live | null = null;
/** What was said last: a new socket is told it again. */
let saidLast: object | null = null;

/** Where this page is, for the others (usePresence). */
export function saySomething(what: object): void {
  saidLast = what;
  live?.say(what);
}

export const LiveContext = createContext<LiveState>("connecting");
export const useLiveState = (): LiveState => useContext(LiveContext);

/** What the list of conversations shows is merged by the inbox itself, not fetched anew. */
function spread(client: QueryClient, changes: Changes): void {
  if (!changes) {
    void client.invalidateQueries({ predicate: (q) => q.queryKey[0] !== "conversations" });
    return;
  }
  const stale = new Set<string>();
  for (const c of changes) {
    if (c.conversation_id) stale.add(`conversation ${c.conversation_id}`);
    if (c.customer_id !== null) stale.add(`customer ${c.customer_id}`);
    if (c.kind === "customer") stale.add("customers");
    if (c.kind === "appointment") stale.add("appointments");
    if (c.kind === "business") stale.add("business");
    if (c.kind === "call") stale.add("live-calls");
    if (c.kind === "reply_template") stale.add("reply-templates");
    if (c.kind === "view") stale.add("views");
  }
  if (changes.some((c) => c.kind === "customer")) stale.add("conversation");
  void client.invalidateQueries({
    predicate: ({ queryKey: [first, second] }) => stale.has(String(first)) || stale.has(`${String(first)} ${String(second)}`),
  });
}

/** Once, in the frame. */
export function useLive(refused: () => void): LiveState {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>("connecting");
  const told = useRef(refused);
  useEffect(() => {
    told.current = refused;
  });

  useEffect(() => {
    let gathered: Change[] = [];
    let everything = false;
    let timer: number | undefined;

    function tell(): void {
      const changes = everything ? null : gathered;
      gathered = [];
      everything = false;
      spread(client, changes);
      for (const listener of listeners) listener(changes);
    }

    function after(): void {
      timer = undefined;
      if (everything || gathered.length) soon();
    }

    function soon(): void {
      if (timer !== undefined) return;
      tell();
      timer = window.setTimeout(after, gatherMs);
    }

    const mine = liveConnect({
      joined: () => {
        if (saidLast) mine.say(saidLast);
        everything = true;
        soon();
      },
      changed: (change) => {
        gathered.push(change);
        soon();
      },
      spoken: (spoken) => {
        for (const hearer of hearers) hearer(spoken);
      },
      present: (presence) => {
        for (const looker of lookers) looker(presence);
      },
      state: setState,
      refused: () => told.current(),
    });
    live = mine;
    return () => {
      window.clearTimeout(timer);
      live = null;
      mine.end();
    };
  }, [client]);
  return state;
}

/** Hears of every change while the component is shown. */
export function useChanges(listen: (changes: Changes) => void): void {
  const current = useRef(listen);
  useEffect(() => {
    current.current = listen;
  });
  useEffect(() => {
    const listener = (changes: Changes): void => current.current(changes);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }, []);
}

/** Hears who else is in that conversation while the component is shown. */
export function usePresenceOf(conversation: string, listen: (others: readonly Person[]) => void): void {
  const current = useRef(listen);
  useEffect(() => {
    current.current = listen;
  });
  useEffect(() => {
    const looker = (presence: Presence): void => {
      if (presence.conversation_id === conversation) current.current(presence.who);
    };
    lookers.add(looker);
    return () => {
      lookers.delete(looker);
    };
  }, [conversation]);
}

/** Hears what is said in calls while the component is shown. */
export function useSpoken(listen: (spoken: Spoken) => void): void {
  const current = useRef(listen);
  useEffect(() => {
    current.current = listen;
  });
  useEffect(() => {
    const hearer = (spoken: Spoken): void => current.current(spoken);
    hearers.add(hearer);
    return () => {
      hearers.delete(hearer);
    };
  }, []);
}
