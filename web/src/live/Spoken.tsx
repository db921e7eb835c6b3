// SPDX-License-Identifier: Apache-2.0
// What has been said in a call that goes on, a line a turn.
import type { Turn } from "../conversation/thread";
import { cx } from "../ui";
import { useWords } from "../words";
import { offset } from "../words/times";

export function Spoken({ turns }: { turns: readonly Turn[] }) {
  const w = useWords();
  return (
    <ol className="turns my-2 rounded-xl border border-line bg-panel px-4 py-2" aria-label={w.live.transcript}>
      {turns.length === 0 && <li className="py-1 text-ink-2">{w.live.nothingSaid}</li>}
      {turns.map((turn, i) => (
        <li key={i} data-direction={turn.customer ? "inbound" : "outbound"} className="turn grid grid-cols-[auto_1fr] gap-x-2 py-1 wide:grid-cols-[3.75rem_2.5rem_minmax(0,1fr)]">
          <span className={cx("font-semibold", turn.customer ? "text-ink-2" : "text-accent-text")}>{turn.customer ? w.conversation.caller : w.common.ava}</span>
          <span className="text-sm leading-(--text-base--line-height) text-ink-2 tabular-nums">{turn.seconds !== null && offset(turn.seconds)}</span>
          <p className="col-span-2 [overflow-wrap:anywhere] wide:col-span-1">
            {turn.text}{turn.interrupted && <span className="ml-1.5 text-sm text-fair">— {w.conversation.call.interrupted}</span>}
          </p>
        </li>
      ))}
    </ol>
  );
}
