// SPDX-License-Identifier: Apache-2.0
// Why nothing can be tried right now: most often the sandbox has been stopped.
import { Unplug } from "lucide-react";
import { ApiError } from "../api";
import { Button, Failure, Nothing } from "../ui";
import { useWords } from "../words";

export function Trouble({ error, retry }: { error: unknown; retry: () => void }) {
  const w = useWords();
  if (!(error instanceof ApiError) || error.status !== 503) return <Failure error={error} retry={retry} />;
  return (
    <Nothing icon={<Unplug />} title={w.tryAva.away}>
      <p>{w.tryAva.awayWhy}</p>
      <Button onClick={retry}>{w.common.actions.tryAgain}</Button>
    </Nothing>
  );
}
