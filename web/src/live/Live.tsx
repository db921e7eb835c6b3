// SPDX-License-Identifier: Apache-2.0
// What happens right now: calls as they are spoken, who writes, what is on its way out, and whether
// all that Ava depends on does its work.
import { useEffect } from "react";
import { useMay } from "../app/session";
import { useWords } from "../words";
import { Calls } from "./Calls";
import { Chats } from "./Chats";
import { Health } from "./Health";
import { Outbox } from "./Outbox";

export function LivePage() {
  const w = useWords().live;
  const mayRead = useMay("system.read");
  useEffect(() => {
    document.title = `${w.title} · Ava`;
  }, [w]);
  return (
    <main id="content" className="flex min-h-0 flex-1 flex-col">
      <header className="shrink-0 border-b border-line bg-panel px-4 py-3 wide:px-6"><h1 className="text-xl font-semibold">{w.title}</h1></header>
      <div className="min-h-0 flex-1 overflow-y-auto bg-ground px-4 py-4 wide:px-6">
        <div className="mx-auto grid max-w-360 grid-cols-1 items-start gap-4 full:grid-cols-[minmax(0,1fr)_24rem]">
          <div className="flex min-w-0 flex-col gap-4"><Calls /><Chats /></div>
          <div className="flex min-w-0 flex-col gap-4"><Outbox />{mayRead && <Health />}</div>
        </div>
      </div>
    </main>
  );
}
