// SPDX-License-Identifier: Apache-2.0
// Whoever leaves a form with something unsaved is asked; what they typed is kept either way
// (drafts.ts), unless they discard it.
import { useBlocker } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";
import { Button, Dialog } from "../ui";
import { useWords } from "../words";

interface Leaving {
  /** What is not saved, as the question names it. */
  name: string;
  dirty: boolean;
  /** Resolves to whether it is saved. */
  save: () => Promise<boolean>;
  discard: () => void;
}

/** Put what it returns into the form's page. */
export function useLeaving({ name, dirty, save, discard }: Leaving): ReactNode {
  const w = useWords().settings.leaving;
  // Who comes back before it has gone is not leaving.
  const [own] = useState(() => window.location.pathname);
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname === own && next.pathname !== own,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  const leave = blocker.proceed;
  return (
    <Dialog open close={blocker.reset} title={w.title} about={w.about(name)} foot={
      <>
        <Button look="danger" onClick={() => { discard(); leave(); }}>{w.discard}</Button>
        <Button onClick={leave}>{w.later}</Button>
        <Button look="main" onClick={() => void save().then((done) => (done ? leave() : blocker.reset()))}>{w.save}</Button>
      </>
    }>
      <p className="text-ink-2">{w.kept}</p>
    </Dialog>
  );
}
