// SPDX-License-Identifier: Apache-2.0
// What is done to appointments: moved, cancelled, taken back, said how they went. What was done can be
// undone; a time outside of the hours is asked about, because the server asks.
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, cancelAppointment, restoreAppointment, updateAppointment, type AppointmentPage, type ClosingStatus } from "../api";
import { explainDeed, toast } from "../ui";
import { useWords } from "../words";

/** What is needed of an appointment to move it and to put it back. */
export interface Movable {
  id: number;
  customer_name: string | null;
  appointment_datetime: string;
  provider_key: string | null;
}

export interface Move {
  of: Movable;
  start: Date;
  /** By key; undefined: whoever has it. */
  provider: string | undefined;
}

export interface Deeds {
  /** Resolves to whether it was moved. */
  move: (what: Move, outside?: boolean) => Promise<boolean>;
  cancel: (of: Movable, reason: string) => Promise<void>;
  close: (of: Movable, status: ClosingStatus) => Promise<void>;
  /** A move that the hours do not allow, and why; moved all the same by move(…, true). */
  asks: { move: Move; why: string } | null;
  stopAsking: () => void;
}

/** The server names the way around a refusal that staff may overrule. */
const overrides = /\s*\(outside_hours overrides it\)/;

export function useDeeds(): Deeds {
  const w = useWords().appointments;
  const client = useQueryClient();
  const [asks, setAsks] = useState<Deeds["asks"]>(null);
  const stale = (): void => {
    void client.invalidateQueries({ queryKey: ["appointments"] });
    void client.invalidateQueries({ queryKey: ["customer"] });
  };
  const failed = (error: unknown): void => {
    stale();
    toast({ words: explainDeed(error), tone: "trouble" });
  };

  /** Where it will be, before the server has said so. */
  function show({ of, start, provider }: Move, name: string | undefined): void {
    client.setQueriesData<AppointmentPage>({ queryKey: ["appointments", "span"] }, (page) => page && {
      ...page,
      appointments: page.appointments.map((a) => a.id !== of.id ? a : {
        ...a, appointment_datetime: start.toISOString(), ...(provider && provider !== a.provider_key ? { provider_key: provider, provider: name ?? null } : {}),
      }),
    });
  }

  async function put(what: Move, outside: boolean): Promise<void> {
    await updateAppointment({
      appointment_id: what.of.id, start: what.start.toISOString(), ...(what.provider ? { provider: what.provider } : {}),
      ...(outside ? { outside_hours: true } : {}),
    });
    stale();
  }

  async function move(what: Move, outside = false): Promise<boolean> {
    const back: Move = { of: what.of, start: new Date(what.of.appointment_datetime), provider: what.of.provider_key ?? undefined };
    setAsks(null);
    show(what, undefined);
    try {
      await put(what, outside);
      toast({ words: w.moved(what.of.customer_name ?? ""), undo: () => { show(back, undefined); put(back, true).catch(failed); } });
      return true;
    } catch (error) {
      if (error instanceof ApiError && error.status === 422 && overrides.test(error.message)) {
        stale();
        setAsks({ move: what, why: error.message.split(overrides)[0] ?? "" });
      } else {
        failed(error);
      }
      return false;
    }
  }

  async function cancel(of: Movable, reason: string): Promise<void> {
    try {
      await cancelAppointment({ appointment_id: of.id, ...(reason.trim() ? { reason: reason.trim() } : {}) });
      stale();
      toast({ words: w.cancelled(of.customer_name ?? ""), undo: () => {
        restoreAppointment({ appointment_id: of.id }).then(stale, failed);
      } });
    } catch (error) {
      failed(error);
    }
  }

  async function close(of: Movable, status: ClosingStatus): Promise<void> {
    try {
      await updateAppointment({ appointment_id: of.id, status });
      stale();
      toast({ words: status === "completed" ? w.kept(of.customer_name ?? "") : w.missed(of.customer_name ?? "") });
    } catch (error) {
      failed(error);
    }
  }

  return { move, cancel, close, asks, stopAsking: () => setAsks(null) };
}
