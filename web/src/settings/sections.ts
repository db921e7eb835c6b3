// SPDX-License-Identifier: Apache-2.0
// The sections of the settings, one row each, in the order of their list; each has its address
// /settings/PATH and is loaded when it is first gone to. To add one: a component in this folder that
// is put together from Frame.tsx, its name in words/*/settings.ts (sections), a row here.
import { lazy, type ComponentType, type LazyExoticComponent } from "react";
import {
  BadgeCheck, Building2, Cable, CircleUser, Clock, KeyRound, MapPin, MessageCircleQuestion, MessageSquareText, ScrollText, Send, Sparkles, Tags, UserRound,
  Users, type LucideIcon,
} from "lucide-react";
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
const hours = lazy(() => import("./Hours").then((m) => ({ default: m.Hours })));
const locations = lazy(() => import("./Locations").then((m) => ({ default: m.Locations })));
const services = lazy(() => import("./Services").then((m) => ({ default: m.Services })));
const providers = lazy(() => import("./Providers").then((m) => ({ default: m.Providers })));
const answers = lazy(() => import("./Answers").then((m) => ({ default: m.Answers })));
const tags = lazy(() => import("./TagList").then((m) => ({ default: m.TagList })));
const channels = lazy(() => import("./Channels").then((m) => ({ default: m.Channels })));
const outbox = lazy(() => import("./Outbox").then((m) => ({ default: m.Outbox })));
const journal = lazy(() => import("./Journal").then((m) => ({ default: m.Journal })));
const people = lazy(() => import("./People").then((m) => ({ default: m.People })));
const templates = lazy(() => import("./Templates").then((m) => ({ default: m.Templates })));
const consents = lazy(() => import("./Consents").then((m) => ({ default: m.Consents })));
const account = lazy(() => import("./Account").then((m) => ({ default: m.Account })));
const tokens = lazy(() => import("./Tokens").then((m) => ({ default: m.Tokens })));

export const sections: readonly SettingsSection[] = [
  { path: "business", name: "business", icon: Building2, group: "business", needs: "settings.read", Page: business },
  { path: "hours", name: "hours", icon: Clock, group: "business", needs: "settings.read", Page: hours },
  { path: "locations", name: "locations", icon: MapPin, group: "business", needs: "settings.read", Page: locations },
  { path: "services", name: "services", icon: Sparkles, group: "business", needs: "settings.read", Page: services },
  { path: "providers", name: "providers", icon: UserRound, group: "business", needs: "settings.read", Page: providers },
  { path: "answers", name: "answers", icon: MessageCircleQuestion, group: "business", needs: "settings.read", Page: answers },
  { path: "templates", name: "templates", icon: MessageSquareText, group: "desk", needs: "conversations.read", Page: templates },
  { path: "tags", name: "tags", icon: Tags, group: "desk", needs: "conversations.read", Page: tags },
  { path: "channels", name: "channels", icon: Cable, group: "connections", needs: "settings.read", Page: channels },
  { path: "outbox", name: "outbox", icon: Send, group: "connections", needs: "conversations.read", Page: outbox },
  { path: "journal", name: "journal", icon: ScrollText, group: "connections", needs: "inbox.read", Page: journal },
  { path: "consents", name: "consents", icon: BadgeCheck, group: "connections", needs: "consents.read", Page: consents },
  { path: "people", name: "people", icon: Users, group: "access", needs: "access.manage", Page: people },
  { path: "tokens", name: "tokens", icon: KeyRound, group: "access", needs: "access.manage", Page: tokens },
  { path: "account", name: "account", icon: CircleUser, group: "access", needs: "self.read", Page: account },
];
