// SPDX-License-Identifier: Apache-2.0
// The appointments of some days, all of them: a busy week is more than one page.
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { listAppointments, type AppointmentPage } from "../api";
import { addDays, momentIn } from "../lib/zone";

const pageSize = 100;
/** More in one view can be neither drawn nor read. */
const mostPages = 10;

async function load(from: Date, to: Date): Promise<AppointmentPage> {
  const span = { start_date: from.toISOString(), end_date: to.toISOString(), page_size: pageSize };
  const first = await listAppointments(span);
  const others = Array.from({ length: Math.min(first.total_pages, mostPages) - 1 }, (_, i) => listAppointments({ ...span, page: i + 2 }));
  const rest = await Promise.all(others);
  return { ...first, appointments: [first, ...rest].flatMap((p) => p.appointments) };
}

/** From the first day's beginning to the last one's end, by the business's clocks. */
export function useSpan(zone: string, first: string, last: string, enabled: boolean) {
  return useQuery({
    queryKey: ["appointments", "span", zone, first, last],
    queryFn: () => load(momentIn(zone, first, 0), momentIn(zone, addDays(last, 1), 0)),
    placeholderData: keepPreviousData,
    enabled,
  });
}
