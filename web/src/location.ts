// SPDX-License-Identifier: Apache-2.0
// Where the reader is, held by the address alone: the channel filter, the page and the open
// conversation are query parameters, so that an address can be shared, reloaded and gone back to.
// Unknown values read as absent. Nothing else keeps this state.
import { useMemo, useSyncExternalStore } from "react";
import type { Channel } from "./api";
import { channels } from "./words";

export interface Place {
  channel: Channel | null;
  page: number;
  conversation: string | null;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function readPlace(query: string): Place {
  const from = new URLSearchParams(query);
  const channel = channels.find((c) => c === from.get("channel")) ?? null;
  const page = Number(from.get("page"));
  const conversation = from.get("conversation") ?? "";
  return {
    channel,
    page: Number.isInteger(page) && page >= 1 && page <= 100000 ? page : 1,
    conversation: uuid.test(conversation) ? conversation : null,
  };
}

export function addressOf(place: Place): string {
  const to = new URLSearchParams();
  if (place.channel) to.set("channel", place.channel);
  if (place.page > 1) to.set("page", String(place.page));
  if (place.conversation) to.set("conversation", place.conversation);
  const query = to.toString();
  return query ? `/?${query}` : "/";
}

const moved = new EventTarget();

export function goTo(place: Place, how: "push" | "replace" = "push"): void {
  const address = addressOf(place);
  if (address === location.pathname + location.search) return;
  if (how === "push") history.pushState(null, "", address);
  else history.replaceState(null, "", address);
  moved.dispatchEvent(new Event("move"));
}

function subscribe(changed: () => void): () => void {
  window.addEventListener("popstate", changed);
  moved.addEventListener("move", changed);
  return () => {
    window.removeEventListener("popstate", changed);
    moved.removeEventListener("move", changed);
  };
}

export function usePlace(): Place {
  const query = useSyncExternalStore(subscribe, () => location.search);
  return useMemo(() => readPlace(query), [query]);
}
