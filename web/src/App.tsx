// SPDX-License-Identifier: Apache-2.0
// Who is at the desk: asks the server once, then shows the sign-in form or the inbox. Whatever says
// 401 later brings the form back; the address stays, so signing in returns to the same place.
import { useCallback, useEffect, useState } from "react";
import { ApiError, signOut, whoami, type Me } from "./api";
import { Inbox } from "./Inbox";
import { SignIn } from "./SignIn";
import { Failure } from "./states";

type Session = { at: "asking" } | { at: "out"; notice: string } | { at: "in"; me: Me } | { at: "failed"; error: Error };

export function App() {
  const [session, setSession] = useState<Session>({ at: "asking" });

  const ask = useCallback(async () => {
    try {
      const me = await whoami();
      setSession({ at: "in", me });
    } catch (e) {
      if (e instanceof ApiError && e.status === 401) setSession({ at: "out", notice: "" });
      else setSession({ at: "failed", error: e instanceof Error ? e : new Error(String(e)) });
    }
  }, []);

  useEffect(() => void ask(), [ask]);

  const signedIn = useCallback((me: Me) => setSession({ at: "in", me }), []);
  const lapsed = useCallback(
    () => setSession({ at: "out", notice: "Your session has ended. Please sign in again." }), []);

  const leave = useCallback(async () => {
    try {
      await signOut();
    } catch (e) {
      // Already signed out is what was wanted; anything else would leave the session open.
      if (!(e instanceof ApiError && e.status === 401)) throw e;
    }
    setSession({ at: "out", notice: "" });
  }, []);

  useEffect(() => {
    if (session.at === "out") document.title = "Sign in · Ava";
  }, [session.at]);

  switch (session.at) {
    case "asking":
      return <main className="whole" aria-busy="true" />;
    case "failed":
      return <main className="whole"><Failure error={session.error} retry={() => void ask()} /></main>;
    case "out":
      return <SignIn notice={session.notice} signedIn={signedIn} />;
    case "in":
      return <Inbox me={session.me} lapsed={lapsed} leave={leave} />;
  }
}
