// SPDX-License-Identifier: Apache-2.0
// The pages as the rail, the bottom bar, the palette and the keys know them: one row a page. To add
// one, see web/README.md.
import { CalendarDays, ChartColumn, FlaskConical, Inbox, Radio, Settings, UsersRound, type LucideIcon } from "lucide-react";
import type { Me } from "../api";
import type { Words } from "../words";

export interface Page {
  path: "/inbox" | "/customers" | "/appointments" | "/analytics" | "/live" | "/try" | "/settings";
  name: keyof Words["common"]["pages"];
  icon: LucideIcon;
  /** Who may see it. */
  needs: string;
  /** Where more than a permission decides. */
  when?: (me: Me) => boolean;
  /** After g. */
  key: string;
}

/** In the rail's order; a phone's bottom bar has the first four, the others are under More. */
export const pages: readonly Page[] = [
  { path: "/inbox", name: "inbox", icon: Inbox, needs: "conversations.read", key: "i" },
  { path: "/customers", name: "customers", icon: UsersRound, needs: "customers.read", key: "c" },
  { path: "/appointments", name: "appointments", icon: CalendarDays, needs: "appointments.read", key: "a" },
  { path: "/analytics", name: "analytics", icon: ChartColumn, needs: "conversations.read", key: "n" },
  { path: "/live", name: "live", icon: Radio, needs: "conversations.read", key: "l" },
  { path: "/try", name: "try", icon: FlaskConical, needs: "conversations.write", when: (me) => me.sandbox, key: "t" },
  { path: "/settings", name: "settings", icon: Settings, needs: "settings.read", key: "s" },
];
