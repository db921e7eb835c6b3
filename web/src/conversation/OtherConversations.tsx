// SPDX-License-Identifier: Apache-2.0
// The customer's other conversations that are open: who writes by text and by mail at once is to be
// answered once.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { listConversations } from "../api";
import { ChannelIcon, DateTime } from "../ui";
import { useWords } from "../words";

const most = 4;

export function OtherConversations({ customer, except }: { customer: number; except: string }) {
  const w = useWords();
  const filter = useSearch({ from: "/inbox" });
  const { data } = useQuery({
    queryKey: ["customer", customer, "open"],
    queryFn: () => listConversations({ customer_id: customer, status: "active", page_size: most + 1 }),
  });
  const others = data?.conversations.filter((c) => c.id !== except) ?? [];
  if (!others.length) return null;
  return (
    <nav aria-label={w.desk.links.other} className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md bg-fair-soft px-2.5 py-1 text-sm text-fair">
      <span>{w.desk.links.open(others.length)}</span>
      {others.slice(0, most).map((c) => (
        <Link key={c.id} to="/inbox/$conversationId" params={{ conversationId: c.id }} search={filter}
              className="inline-flex min-h-6 max-w-60 items-center gap-1.5 font-medium text-ink underline">
          <ChannelIcon channel={c.channel} className="size-4 shrink-0" />
          <span className="truncate">{c.subject?.trim() || w.common.channel[c.channel]}</span>
          <DateTime at={c.last_activity_at} as="age" className="shrink-0 text-ink-2 no-underline" />
        </Link>
      ))}
    </nav>
  );
}
