// SPDX-License-Identifier: Apache-2.0
// What of the list's rows is known to have changed before the server has told it: in every list that is
// kept.
import type { InfiniteData, QueryClient } from "@tanstack/react-query";
import type { ConversationPage, ConversationRow } from "../api";

type Pages = InfiniteData<ConversationPage, string | undefined>;

export function patchRow(client: QueryClient, id: string, change: Partial<ConversationRow>): void {
  client.setQueriesData<Pages>({ queryKey: ["conversations"] }, (was) => was && {
    ...was,
    pages: was.pages.map((page) => (page.conversations.some((r) => r.id === id)
      ? { ...page, conversations: page.conversations.map((r) => (r.id === id ? { ...r, ...change } : r)) }
      : page)),
  });
}
