// SPDX-License-Identifier: Apache-2.0
// Who is at the desk, for every page: their name and what they may do.
import { createContext, useContext } from "react";
import type { Me } from "../api";

export interface Session {
  me: Me;
  leave: () => Promise<void>;
  /** The server no longer knows the session. */
  lapsed: () => void;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession: nobody is signed in here");
  return session;
}

export const useMe = (): Me => useSession().me;

/** Whether who is signed in may do it; what they may not do is not shown. */
export function useMay(permission: string): boolean {
  return useMe().permissions.includes(permission);
}
