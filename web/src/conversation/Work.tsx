// SPDX-License-Identifier: Apache-2.0
// What the staff do with a conversation as a whole, in its head: complete it, give it to somebody, put
// it off, tag it. Each shows at once and says why when it could not be done.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { AlarmClock, AlarmClockOff, CircleCheck, Ellipsis, Hand, MailOpen, RotateCcw, Tag as TagIcon, UserRound } from "lucide-react";
import { useEffect, useState } from "react";
import {
  assignConversation, completeConversation, markRead, markUnread, reopenConversation, setNeedsPerson, snoozeConversation, tagConversation,
  unsnoozeConversation, untagConversation, type Conversation, type ConversationDetail,
} from "../api";
import { useActions } from "../app/actions";
import { keys } from "../app/query";
import { useMay } from "../app/session";
import { patchRow } from "../inbox/cache";
import { Button, explainDeed, IconButton, Menu, MenuCheck, MenuItem, MenuLabel, MenuLine, Tip, toast, useNow } from "../ui";
import { useWords } from "../words";
import { dayAndTime } from "../words/times";
import { AssignChoices, NewTag, SnoozeChoices, SnoozePick, TagChoices } from "./workMenus";

type Deed = () => Promise<Conversation>;

export function useWork(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (deed: Deed) => deed(),
    onSuccess: (now) => {
      client.setQueryData<ConversationDetail>(keys.conversation(id), (was) => was && { ...was, conversation: { ...was.conversation, ...now } });
      const { status, assigned_to, needs_person, snoozed_until, tags, unread } = now;
      patchRow(client, id, { status, assigned_to, needs_person, snoozed_until, tags, ...(unread === undefined ? {} : { unread }) });
    },
    onError: (error) => toast({ words: explainDeed(error), tone: "trouble" }),
  });
}

/** What is open and looked at is read. */
export function useReading(of: Conversation | undefined): void {
  const client = useQueryClient();
  const id = of?.id;
  const unread = of?.unread === true;
  useEffect(() => {
    if (!id || !unread) return undefined;
    function look(): void {
      if (document.hidden || !id) return;
      patchRow(client, id, { unread: false });
      // It stays unread for the server when this fails, and is marked when it is next opened.
      markRead({ conversation_id: id }).then((now) => {
        client.setQueryData<ConversationDetail>(keys.conversation(id), (was) => was && { ...was, conversation: { ...was.conversation, unread: now.unread ?? false } });
      }, () => {});
    }
    look();
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, [client, id, unread]);
}

type Asked = "time" | "tag" | null;

export function Work({ of }: { of: Conversation }) {
  const w = useWords().conversation;
  const may = useMay("conversations.write");
  const now = useNow();
  const go = useNavigate();
  const filter = useSearch({ from: "/inbox" });
  const work = useWork(of.id);
  const [asked, setAsked] = useState<Asked>(null);
  const id = { conversation_id: of.id };
  const active = of.status === "active";
  const deed = (what: Deed, done?: () => void): void => work.mutate(what, { onSuccess: () => done?.() });

  function turn(): void {
    if (work.isPending) return;
    if (active) deed(() => completeConversation(id), () => toast({ words: w.answer.completed, undo: () => deed(() => reopenConversation(id)) }));
    else deed(() => reopenConversation(id), () => toast({ words: w.answer.reopened }));
  }
  function snooze(until: Date): void {
    deed(() => snoozeConversation({ ...id, until: until.toISOString() }), () =>
      toast({ words: w.work.snoozedUntil(dayAndTime(until, now)), undo: () => deed(() => unsnoozeConversation(id)) }));
  }
  function unread(): void {
    // Closed first: what is open is read.
    void go({ to: "/inbox", search: filter }).then(() => deed(() => markUnread(id), () => toast({ words: w.work.markedUnread })));
  }
  const assign = (to: string): void => deed(() => assignConversation({ ...id, to }));
  const tag = (tag_id: string, on: boolean): void => deed(() => (on ? tagConversation : untagConversation)({ ...id, tag_id }));

  const { group } = w.keys;
  useActions([
    { id: "unread", name: w.work.markUnread, group, keys: "u", run: unread },
    ...(may ? [
      { id: "complete", name: active ? w.answer.complete : w.answer.reopen, group, keys: "e", run: turn },
      { id: "assign me", name: w.keys.assignMe, group, keys: "i", run: () => assign("me") },
    ] : []),
  ]);

  return (
    <>
      {may && (
        <Tip words={w.keys.complete} keys="e">
          <Button size="sm" busy={work.isPending} onClick={turn}>
            {active ? <CircleCheck className="size-4" /> : <RotateCcw className="size-4" />}
            <span className="max-wide:sr-only">{active ? w.answer.complete : w.answer.reopen}</span>
          </Button>
        </Tip>
      )}
      {may && (
        <>
          <Menu button={<IconButton label={of.assigned_to ? w.work.assignedTo(of.assigned_to.name) : w.work.assign} icon={<UserRound className="size-4.5" />} className={of.assigned_to ? "text-accent-text!" : ""} />}>
            <MenuLabel>{w.work.assign}</MenuLabel>
            <AssignChoices to={of.assigned_to?.id ?? "none"} choose={assign} />
          </Menu>
          <Menu button={<IconButton label={of.snoozed_until ? w.work.snoozedUntil(dayAndTime(of.snoozed_until, now)) : w.work.snooze} icon={<AlarmClock className="size-4.5" />} className={of.snoozed_until ? "text-accent-text!" : ""} />}>
            <MenuLabel>{of.snoozed_until ? w.work.snoozedUntil(dayAndTime(of.snoozed_until, now)) : w.work.snooze}</MenuLabel>
            {of.snoozed_until && <MenuItem icon={<AlarmClockOff className="size-4" />} run={() => deed(() => unsnoozeConversation(id))}>{w.work.wake}</MenuItem>}
            <SnoozeChoices choose={snooze} pick={() => setAsked("time")} />
          </Menu>
        </>
      )}
      <Menu button={<IconButton label={w.work.more} icon={<Ellipsis className="size-4.5" />} />}>
        <MenuItem icon={<MailOpen className="size-4" />} keys="u" run={unread}>{w.work.markUnread}</MenuItem>
        {may && (
          <>
            <MenuCheck on={of.needs_person} change={(needed) => deed(() => setNeedsPerson({ ...id, needed }))}>
              <span className="inline-flex items-center gap-2"><Hand className="size-4" />{w.work.needsPerson}</span>
            </MenuCheck>
            <MenuLine />
            <MenuLabel><span className="inline-flex items-center gap-1.5"><TagIcon className="size-3.5" />{w.work.tags}</span></MenuLabel>
            <TagChoices on={of.tags} toggle={tag} make={() => setAsked("tag")} />
          </>
        )}
      </Menu>
      {asked === "time" && <SnoozePick close={() => setAsked(null)} choose={snooze} />}
      {asked === "tag" && <NewTag close={() => setAsked(null)} made={(t) => tag(t.id, true)} />}
    </>
  );
}
