// SPDX-License-Identifier: Apache-2.0
// The inbox: the list beside the open conversation (one of the two on a phone).
import { Outlet, useParams, useSearch } from "@tanstack/react-router";
import { MessagesSquare } from "lucide-react";
import { useEffect } from "react";
import { cx, Nothing } from "../ui";
import { useWords } from "../words";
import { List } from "./List";

export function InboxPage() {
  const filter = useSearch({ from: "/inbox" });
  const w = useWords().inbox;
  const { conversationId: open } = useParams({ strict: false });
  return (
    <main id="content" className="flex min-h-0 flex-1">
      <h1 className="sr-only">{w.title}</h1>
      <div className={cx("min-h-0 w-full shrink-0 border-line wide:flex wide:w-92 wide:border-r full:w-100", open ? "hidden" : "flex")}>
        <List filter={filter} open={open} />
      </div>
      <div className={cx("min-h-0 min-w-0 flex-1 wide:flex", open ? "flex" : "hidden")}><Outlet /></div>
    </main>
  );
}

export function NothingOpen() {
  const w = useWords().inbox;
  useEffect(() => {
    document.title = `${w.title} · Ava`;
  }, [w]);
  return (
    <div className="flex flex-1">
      <Nothing icon={<MessagesSquare />} title={w.nothingOpen}>{w.nothingOpenWhy}</Nothing>
    </div>
  );
}
