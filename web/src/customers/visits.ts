// SPDX-License-Identifier: Apache-2.0
// How an appointment stands, in words and tone.
import type { Tone } from "../ui";
import { words } from "../words";

export const visitTones: Record<string, Tone> = { scheduled: "accent", completed: "good", cancelled: "plain", no_show: "poor", rescheduled: "plain" };

export function visitStatus(of: { status: string | null }): string {
  const { appointmentStatuses } = words().conversation;
  return (of.status && appointmentStatuses[of.status]) || of.status || "";
}
