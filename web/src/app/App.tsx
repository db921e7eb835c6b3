// SPDX-License-Identifier: Apache-2.0
// Who is at the desk: asks the server once, then shows the sign-in form or the pages. Whatever says
// 401 later brings the form back; the address stays, so signing in returns to the same place.
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useState } from "react";
import { ApiError, signOut, whoami, type Me } from "../api";
import { dropDrafts } from "../conversation/drafts";
import { Failure, TipProvider, Toasts } from "../ui";
import { useWords, words } from "../words";
import { makeQueryClient } from "./query";
import { router } from "./router";
import { SessionContext } from "./session";
import { SignIn } from "./SignIn";

type At = { at: "asking" } | { at: "out"; lapsed: boolean } | { at: "in"; me: Me } | { at: "failed"; error: unknown };

const whole = "flex min-h-full items-center justify-center p-5";

export function App() {
  useWords();
  const [session, setSession] = useState<At>({ at: "asking" });

  const ask = useCallback(async () => {
    // Most go to the inbox: its script comes while the server is asked who they are.
    if (/^\/(inbox|$)/.test(window.location.pathname)) void import("../inbox/Inbox").catch(() => {});
    try {
      const me = await whoami();
      setSession({ at: "in", me });
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) setSession({ at: "out", lapsed: false });
      else setSession({ at: "failed", error });
    }
  }, []);

  useEffect(() => void ask(), [ask]);

  useEffect(() => {
    if (session.at === "out") document.title = `${words().common.signIn.title} · Ava`;
  }, [session.at]);

  switch (session.at) {
    case "asking":
      return <main className={whole} aria-busy="true" />;
    case "failed":
      return <main className={whole}><Failure error={session.error} retry={() => void ask()} /></main>;
    case "out":
      return <SignIn lapsed={session.lapsed} signedIn={(me) => setSession({ at: "in", me })} />;
    case "in":
      return <Desk me={session.me} out={(lapsed) => setSession({ at: "out", lapsed })} />;
  }
}

function Desk({ me, out }: { me: Me; out: (lapsed: boolean) => void }) {
  const [leaveTo] = useState(() => ({ out }));
  leaveTo.out = out;
  const session = useMemo(() => ({
    me,
    lapsed: () => leaveTo.out(true),
    leave: async () => {
      try {
        await signOut();
      } catch (e) {
        // Already signed out is what was wanted; anything else would leave the session open.
        if (!(e instanceof ApiError && e.status === 401)) throw e;
      }
      dropDrafts();
      leaveTo.out(false);
    },
  }), [me, leaveTo]);
  // What one person was shown goes with them.
  const [client] = useState(() => makeQueryClient(session.lapsed));
  return (
    <SessionContext value={session}>
      <QueryClientProvider client={client}>
        <TipProvider>
          <RouterProvider router={router} />
          <Toasts />
        </TipProvider>
      </QueryClientProvider>
    </SessionContext>
  );
}
