// SPDX-License-Identifier: Apache-2.0
// Says that what is shown may be old, once the connection has been away long enough to matter.
import { useEffect, useState } from "react";
import { useWords } from "../words";
import { useLiveState } from "./useLive";
import { useOnline } from "./useOnline";

const patienceMs = 2000;

export const bannerClass = "bg-fair-soft px-4 py-1.5 text-center font-medium text-fair";

export function Banner() {
  const { frame } = useWords().common;
  const online = useOnline();
  const away = useLiveState() !== "live";
  const [shown, setShown] = useState(false);

  useEffect(() => {
    if (!away) {
      setShown(false);
      return undefined;
    }
    const timer = window.setTimeout(() => setShown(true), patienceMs);
    return () => window.clearTimeout(timer);
  }, [away]);

  const said = !online ? frame.offlineBanner : shown ? frame.reconnecting : "";
  return <div role="status">{said && <p className={bannerClass}>{said}</p>}</div>;
}
