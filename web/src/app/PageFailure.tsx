// SPDX-License-Identifier: Apache-2.0
// A page that does not exist, and one that has a fault or could not be loaded.
import { Link } from "@tanstack/react-router";
import { Button, buttonClass, Nothing } from "../ui";
import { useWords } from "../words";

export function NoPage() {
  const { state } = useWords().common;
  return (
    <main id="content" className="flex flex-1">
      <Nothing title={state.noPage}><Link to="/inbox" className={buttonClass()}>{state.toInbox}</Link></Nothing>
    </main>
  );
}

export function PageFailure({ error }: { error: unknown }) {
  const { state } = useWords().common;
  console.warn(error);
  return (
    <main id="content" className="flex flex-1">
      <Nothing title={state.broken}>
        <p>{state.brokenWhy}</p>
        <Button onClick={() => window.location.reload()}>{state.reload}</Button>
      </Nothing>
    </main>
  );
}
