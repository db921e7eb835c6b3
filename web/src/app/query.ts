// SPDX-License-Identifier: Apache-2.0
// What the page knows of the server. Everything is kept fresh by the live socket (live.ts), so
// nothing is fetched again by time or by focus; a reader comes back to what was shown at once.
import { QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "../api";

/** What cannot change by asking again is not asked again. */
function retry(failures: number, error: unknown): boolean {
  if (error instanceof ApiError) return false;
  return failures < 1;
}

export function makeQueryClient(lapsed: () => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof ApiError && error.status === 401) lapsed();
      },
    }),
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        gcTime: 10 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: "always",
        retry,
        retryDelay: 500,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

/** The keys under which things are known. The live socket makes them stale by their first words. */
export const keys = {
  conversations: (filter: object) => ["conversations", filter] as const,
  conversation: (id: string) => ["conversation", id] as const,
  customers: (filter: object) => ["customers", filter] as const,
  customer: (id: number) => ["customer", id] as const,
  timeline: (id: number) => ["customer", id, "timeline"] as const,
  appointments: (filter: object) => ["appointments", filter] as const,
  analytics: (filter: object) => ["analytics", filter] as const,
  business: (part: string) => ["business", part] as const,
  staff: () => ["staff"] as const,
  tags: () => ["tags"] as const,
  replyTemplates: () => ["reply-templates"] as const,
  views: () => ["views"] as const,
  channels: (part: "known" | "check") => ["channels", part] as const,
  access: (part: "users" | "tokens") => ["access", part] as const,
  journal: (filter: object) => ["journal", filter] as const,
  consents: (filter: object) => ["consents", filter] as const,
  outbox: (filter: object) => ["outbox", filter] as const,
  liveCalls: () => ["live-calls"] as const,
};
