// SPDX-License-Identifier: Apache-2.0
// The appointments: a day with a column a provider, a week, or a list. All times are the business's own.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useActions } from "../app/actions";
import { useMay } from "../app/session";
import { useBusiness, type BusinessFacts } from "../app/useBusiness";
import { addDays, localIn, weekOf } from "../lib/zone";
import { Button, Dialog, Failure, Loading, Shape, useNow } from "../ui";
import { useWords } from "../words";
import { AppointmentDialog } from "./AppointmentDialog";
import { BookForm, type BookAt } from "./BookForm";
import { Calendar } from "./Calendar";
import { DayList } from "./DayList";
import { dayColumns, weekColumns } from "./plan";
import type { AppointmentSearch, View } from "./search";
import { Toolbar } from "./Toolbar";
import { useDeeds, type Deeds } from "./useDeeds";
import { useSpan } from "./useSpan";

const wideEnough = "(min-width: 48rem)";

export function AppointmentsPage() {
  const w = useWords().appointments;
  const facts = useBusiness();
  useEffect(() => {
    document.title = `${w.title} · Ava`;
  }, [w]);
  return (
    <main id="content" className="flex min-h-0 flex-1 flex-col bg-panel">
      <h1 className="sr-only">{w.title}</h1>
      {facts.error !== null && !facts.business && <Failure error={facts.error} retry={facts.retry} />}
      {facts.loading && facts.error === null && <Waiting />}
      {!facts.loading && facts.business && <Page facts={facts} />}
    </main>
  );
}

const Waiting = () => (
  <Loading className="flex-1 p-4">
    <Shape className="h-9" />
    <Shape className="mt-4 h-96" />
  </Loading>
);

/** Where one is, and how to get elsewhere. */
export interface Place {
  search: AppointmentSearch;
  view: View;
  day: string;
  today: string;
  go: (change: { [K in keyof AppointmentSearch]?: AppointmentSearch[K] | undefined }) => void;
  step: (by: 1 | -1) => void;
}

function usePlace(zone: string): Place {
  const search = useSearch({ from: "/appointments" });
  const navigate = useNavigate();
  const today = localIn(zone, useNow()).day;
  const [wide] = useState(() => window.matchMedia(wideEnough).matches);
  const view = search.view ?? (wide ? "week" : "day");
  const day = search.day ?? today;
  const go: Place["go"] = (change) => void navigate({ to: "/appointments", search: { ...search, ...change } as AppointmentSearch });
  return { search, view, day, today, go, step: (by) => go({ day: addDays(day, view === "day" ? by : by * 7) }) };
}

function Page({ facts }: { facts: BusinessFacts }) {
  const w = useWords().appointments;
  const place = usePlace(facts.zone);
  const mayWrite = useMay("appointments.write");
  const deeds = useDeeds();
  const [booking, setBooking] = useState<BookAt | null>(null);
  const { search, view, day, go } = place;
  const first = view === "day" ? day : weekOf(day);
  const last = view === "day" ? day : addDays(first, 6);
  const span = useSpan(facts.zone, first, last, true);

  useActions([
    { id: "day view", name: w.showView(w.views.day), group: w.title, keys: "d", run: () => go({ view: "day" }) },
    { id: "week view", name: w.showView(w.views.week), group: w.title, keys: "w", run: () => go({ view: "week" }) },
    { id: "list view", name: w.showView(w.views.list), group: w.title, keys: "l", run: () => go({ view: "list" }) },
    { id: "today", name: w.today, group: w.title, keys: "t", run: () => go({ day: undefined }) },
    { id: "later", name: view === "day" ? w.nextDay : w.nextWeek, group: w.title, keys: "j", run: () => place.step(1) },
    { id: "earlier", name: view === "day" ? w.previousDay : w.previousWeek, group: w.title, keys: "k", run: () => place.step(-1) },
    ...(mayWrite ? [{ id: "book", name: w.book, group: w.title, keys: "n", run: () => setBooking({ day }) }] : []),
  ]);

  const book: BookAt | null = booking ?? (search.book && mayWrite ? { day } : null);
  function stopBooking(): void {
    setBooking(null);
    if (search.book) go({ book: undefined });
  }

  return (
    <>
      <Toolbar facts={facts} place={place} book={mayWrite ? () => setBooking({ day }) : undefined} />
      {span.error && !span.data && <Failure error={span.error} retry={() => void span.refetch()} />}
      {span.isPending && <Waiting />}
      {span.data && facts.business && <View facts={facts} place={place} deeds={deeds} appointments={span.data.appointments}
                                            first={first} bookAt={mayWrite ? setBooking : undefined} />}
      {search.open && <AppointmentDialog key={search.open} id={search.open} facts={facts} deeds={deeds} close={() => go({ open: undefined })} />}
      {book && <BookForm facts={facts} at={book} customerId={search.book} close={stopBooking}
                         done={(made) => { setBooking(null); go({ book: undefined, day: localIn(facts.zone, made.appointment_datetime).day }); }} />}
      <Outside deeds={deeds} />
    </>
  );
}

interface ViewProps {
  facts: BusinessFacts;
  place: Place;
  deeds: Deeds;
  appointments: Parameters<typeof dayColumns>[0]["appointments"];
  first: string;
  bookAt: ((at: BookAt) => void) | undefined;
}

function View({ facts, place, deeds, appointments, first, bookAt }: ViewProps) {
  const { search, view, day, go } = place;
  const { business, zone, providers } = facts;
  if (!business) return null;
  const open = (id: number): void => go({ open: id });
  if (view === "list") return <DayList facts={facts} place={place} appointments={appointments} first={first} open={open} />;
  const drawn = appointments.filter((a) => a.status !== "cancelled" && a.status !== "rescheduled");
  const plan = { zone, business, providers, appointments: drawn };
  const columns = view === "day" ? dayColumns(plan, day, search.provider) : weekColumns(plan, first, search.provider);
  return <Calendar key={`${view} ${first}`} facts={facts} place={place} columns={columns} open={open} move={deeds.move} bookAt={bookAt} />;
}

/** Nobody works then: the staff may all the same. */
function Outside({ deeds }: { deeds: Deeds }) {
  const w = useWords();
  const { asks, stopAsking } = deeds;
  return (
    <Dialog open={asks !== null} close={stopAsking} title={w.appointments.outsideTitle} about={w.appointments.outsideAbout} foot={
      <>
        <Button onClick={stopAsking}>{w.appointments.leave}</Button>
        <Button look="main" onClick={() => asks && void deeds.move(asks.move, true)}>{w.appointments.moveAllTheSame}</Button>
      </>
    }>
      <p>{asks?.why}</p>
    </Dialog>
  );
}
