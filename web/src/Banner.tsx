// SPDX-License-Identifier: Apache-2.0
// Says that what is shown may be old, once the connection has been away long enough to matter.
import { useEffect, useState } from "react";
import type { LiveState } from "./live";

const patienceMs = 2000;

export function Banner({ live, online }: { live: LiveState; online: boolean }) {
  const away = live !== "live";
  const [shown, setShown] = useState(false);

  useEffect(() => {
    if (!away) {
      setShown(false);
      return undefined;
    }
    const timer = window.setTimeout(() => setShown(true), patienceMs);
    return () => window.clearTimeout(timer);
  }, [away]);

  const words = !online
    ? "You are offline. What you see may be out of date."
    : shown ? "Reconnecting… What you see may be out of date." : "";
  return <div role="status">{words && <p className="banner">{words}</p>}</div>;
}
