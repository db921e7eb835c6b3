// SPDX-License-Identifier: Apache-2.0
// A text that is needed elsewhere, with a button that copies it, where the browser lets it (https, or
// this machine).
import { Check, Copy as CopyIcon } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "../ui";
import { useWords } from "../words";

const shownMs = 2000;

export function Copy({ text, label }: { text: string; label: string }) {
  const w = useWords().settingsDesk;
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = window.setTimeout(() => setDone(false), shownMs);
    return () => window.clearTimeout(timer);
  }, [done]);
  // Without https there is no clipboard, whatever the types say.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  return (
    <div className="flex items-center gap-2 rounded-md bg-sunk py-1 pr-1 pl-2.5">
      <code className="min-w-0 flex-1 font-mono text-sm wrap-anywhere" aria-label={label}>{text}</code>
      {clipboard && (
        <Button look="quiet" size="sm" aria-label={`${w.copy}: ${label}`} onClick={() => void clipboard.writeText(text).then(() => setDone(true))}>
          {done ? <Check className="size-4" aria-hidden="true" /> : <CopyIcon className="size-4" aria-hidden="true" />}
          <span role="status">{done ? w.copied : w.copy}</span>
        </Button>
      )}
    </div>
  );
}
