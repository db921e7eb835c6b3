// SPDX-License-Identifier: Apache-2.0
// The sections of the settings, one row each, in the order of their list; each has its address
// /settings/PATH and is loaded when it is first gone to. To add one: a component in this folder that
// is put together from Frame.tsx, its name in words/*/settings.ts (sections), a row here.
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import { Building2, Cable, KeyRound, MessageSquareText, ScrollText, Send, Users, type LucideIcon } from "lucide-react";
import type { Words } from "../words";

export interface SectionProps {
  /** What follows in the address: /settings/services/ENTRY. */
  entry: string | undefined;
}

export interface SettingsSection {
  path: string;
  name: keyof Words["settings"]["sections"];
  icon: LucideIcon;
  group: keyof Words["settings"]["groups"];
  /** Who may see it. */
  needs: string;
  Page: LazyExoticComponent<ComponentType<SectionProps>>;
}

const business = lazy(() => import("./BusinessFacts").then((m) => ({ default: m.BusinessFacts })));
const channels = lazy(() => import("./Channels").then((m) => ({ default: m.Channels })));
const outbox = lazy(() => import("./Outbox").then((m) => ({ default: m.Outbox })));
const journal = lazy(() => import("./Journal").then((m) => ({ default: m.Journal })));
const people = lazy(() => import("./People").then((m) => ({ default: m.People })));
const templates = lazy(() => import("./Templates").then((m) => ({ default: m.Templates })));
const tokens = lazy(() => import("./Tokens").then((m) => ({ default: m.Tokens })));

export const sections: readonly SettingsSection[] = [
  { path: "business", name: "business", icon: Building2, group: "business", needs: "settings.read", Page: business },
  { path: "templates", name: "templates", icon: MessageSquareText, group: "desk", needs: "conversations.read", Page: templates },
  { path: "channels", name: "channels", icon: Cable, group: "connections", needs: "settings.read", Page: channels },
  { path: "outbox", name: "outbox", icon: Send, group: "connections", needs: "conversations.read", Page: outbox },
  { path: "journal", name: "journal", icon: ScrollText, group: "connections", needs: "inbox.read", Page: journal },
  { path: "people", name: "people", icon: Users, group: "access", needs: "access.manage", Page: people },
  { path: "tokens", name: "tokens", icon: KeyRound, group: "access", needs: "access.manage", Page: tokens },
];
