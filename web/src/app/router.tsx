// SPDX-License-Identifier: Apache-2.0
// The addresses. Each page is loaded when it is first gone to; what it keeps in the address is
// checked by its own validateSearch. An address of before ("/?conversation=ID") leads to where that
// is now.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from "@tanstack/react-router";
import { readAppointmentSearch } from "../appointments/search";
import { readCustomerSearch } from "../customers/search";
import { readTrySearch } from "../try/search";
import { readAnalyticsSearch } from "../analytics/search";
import { isConversationId, readInboxSearch } from "../inbox/search";
import { NoPage, PageFailure } from "./PageFailure";
import { Shell } from "./Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: NoPage, errorComponent: PageFailure });

const start = createRoute({
  getParentRoute: () => root,
  path: "/",
  beforeLoad: ({ search }) => {
    const { conversation } = search as { conversation?: unknown };
    const filter = readInboxSearch(search as Record<string, unknown>);
    throw isConversationId(conversation)
      ? redirect({ to: "/inbox/$conversationId", params: { conversationId: conversation }, search: filter, replace: true })
      : redirect({ to: "/inbox", search: filter, replace: true });
  },
});

const inbox = createRoute({
  getParentRoute: () => root,
  path: "/inbox",
  validateSearch: readInboxSearch,
  component: lazyRouteComponent(() => import("../inbox/Inbox"), "InboxPage"),
});

const inboxNothing = createRoute({
  getParentRoute: () => inbox,
  path: "/",
  component: lazyRouteComponent(() => import("../inbox/Inbox"), "NothingOpen"),
});

const conversation = createRoute({
  getParentRoute: () => inbox,
  path: "$conversationId",
  component: lazyRouteComponent(() => import("../conversation/Conversation"), "ConversationPane"),
});

const analytics = createRoute({
  getParentRoute: () => root,
  path: "/analytics",
  validateSearch: readAnalyticsSearch,
  component: lazyRouteComponent(() => import("../analytics/Analytics"), "AnalyticsPage"),
});

const live = createRoute({
  getParentRoute: () => root,
  path: "/live",
  component: lazyRouteComponent(() => import("../live/Live"), "LivePage"),
});

const customers = createRoute({
  getParentRoute: () => root,
  path: "/customers",
  validateSearch: readCustomerSearch,
  component: lazyRouteComponent(() => import("../customers/Customers"), "CustomersPage"),
});

const nobodyOpen = createRoute({
  getParentRoute: () => customers,
  path: "/",
  component: lazyRouteComponent(() => import("../customers/Customers"), "NobodyOpen"),
});

const customer = createRoute({
  getParentRoute: () => customers,
  path: "$customerId",
  component: lazyRouteComponent(() => import("../customers/Customer"), "CustomerPane"),
});

const appointments = createRoute({
  getParentRoute: () => root,
  path: "/appointments",
  validateSearch: readAppointmentSearch,
  component: lazyRouteComponent(() => import("../appointments/Appointments"), "AppointmentsPage"),
});

const tryAva = createRoute({
  getParentRoute: () => root,
  path: "/try",
  validateSearch: readTrySearch,
  component: lazyRouteComponent(() => import("../try/Try"), "TryPage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("../settings/Settings"), "SettingsPage"),
});

const settingsStart = createRoute({
  getParentRoute: () => settings,
  path: "/",
  component: lazyRouteComponent(() => import("../settings/Settings"), "SettingsStart"),
});

const settingsSection = createRoute({
  getParentRoute: () => settings,
  path: "$section",
  component: lazyRouteComponent(() => import("../settings/Settings"), "SectionPane"),
});

const settingsEntry = createRoute({
  getParentRoute: () => settings,
  path: "$section/$entry",
  component: lazyRouteComponent(() => import("../settings/Settings"), "SectionPane"),
});

export const router = createRouter({
  routeTree: root.addChildren([start, inbox.addChildren([inboxNothing, conversation]), customers.addChildren([nobodyOpen, customer]), appointments, analytics, live, tryAva, settings.addChildren([settingsStart, settingsSection, settingsEntry])]),
  defaultPreload: "intent",
  defaultErrorComponent: PageFailure,
  defaultNotFoundComponent: NoPage,
  // Numbers and words stay what they are: /inbox?channel=sms, not JSON.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const given = Object.entries(search).filter(([, value]) => value !== undefined && value !== null && value !== "");
    const text = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
    return text ? `?${text}` : "";
  },
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
