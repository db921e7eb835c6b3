// SPDX-License-Identifier: Apache-2.0
// The desk: the list beside the open conversation (one of the two on a phone), kept fresh by the
// live socket. What is shown follows the address alone.
import { useCallback, useEffect, useState } from "react";
import { listConversations, ApiError, showConversation, whoami, type Me } from "./api";
import { Banner } from "./Banner";
import { Conversation } from "./Conversation";
import { ConversationList } from "./ConversationList";
import { addressOf, goTo, readPlace, usePlace } from "./location";
import { Mark } from "./Mark";
import { Nothing } from "./states";
import { useFetched } from "./useFetched";
import { useLive, type Changes } from "./useLive";
import { useOnline } from "./useOnline";
import { customerTitle } from "./words";

const loadPage = (query: string) => {
  const { channel, page } = readPlace(query);
  return listConversations({ channel: channel ?? undefined, page });
};
const loadConversation = (id: string) => showConversation({ conversation_id: id });

const isLapsed = (e: unknown): boolean => e instanceof ApiError && e.status === 401;

interface InboxProps {
  me: Me;
  lapsed: () => void;
  leave: () => Promise<void>;
}

export function Inbox({ me, lapsed, leave }: InboxProps) {
  const place = usePlace();
  const listQuery = addressOf({ ...place, conversation: null }).slice(1);
  const list = useFetched(listQuery, loadPage);
  const open = useFetched(place.conversation, loadConversation);
  const [leaveFailed, setLeaveFailed] = useState(false);

  const tell = useCallback((changes: Changes) => {
    const mine = (c: { conversation_id: string | null; kind: string }): boolean =>
      c.conversation_id === place.conversation || c.kind === "customer";
    if (!changes || changes.some((c) => c.kind !== "event" && c.kind !== "business")) list.refresh();
    if (!changes || changes.some(mine)) open.refresh();
  }, [place.conversation, list.refresh, open.refresh]);

  const refused = useCallback(() => {
    whoami().catch((e: unknown) => isLapsed(e) && lapsed());
  }, [lapsed]);

  const live = useLive(tell, refused);
  const online = useOnline();

  useEffect(() => {
    if (isLapsed(list.error) || isLapsed(open.error)) lapsed();
  }, [list.error, open.error, lapsed]);

  useEffect(() => {
    const shown = open.data?.conversation;
    const who = shown && customerTitle(shown.customer, shown.channel);
    document.title = who ? `${who} · Ava` : "Conversations · Ava";
  }, [open.data]);

  const close = useCallback(() => goTo({ ...place, conversation: null }), [place]);

  return (
    <div className="frame">
      <header className="top">
        <Mark />
        <p className="top-live" data-state={online ? live : "waiting"}>
          {!online ? "Offline" : live === "live" ? "Live" : "Connecting"}
        </p>
        <p className="top-who">
          <span>{me.name}</span>
          <span className="top-role">{me.role}</span>
        </p>
        {me.permissions.includes("conversations.write") && (
          <a className="button" href="/call" target="_blank" rel="noopener">Try a call</a>
        )}
        <button type="button" className="button"
                onClick={() => { leave().catch(() => setLeaveFailed(true)); }}>Sign out</button>
      </header>
      <Banner live={live} online={online} />
      {leaveFailed && (
        <p className="banner" role="alert">Signing out did not reach the server; you are still signed in. Try again.</p>
      )}
      <div className="desk" data-open={place.conversation !== null}>
        <ConversationList place={place} page={list} />
        <main className="pane" aria-label="Conversation">
          {place.conversation
            ? <Conversation key={place.conversation} place={place} fetched={open} close={close}
                            mayAnswer={me.permissions.includes("conversations.write")} />
            : (
              <Nothing title="No conversation is open">
                Choose one from the list, or press J and K to move and Enter to open.
              </Nothing>
            )}
        </main>
      </div>
    </div>
  );
}
