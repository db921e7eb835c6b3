// SPDX-License-Identifier: Apache-2.0
// The sheet of keys: what works now, by group; and the switch that turns single keys off.
import { useSyncExternalStore } from "react";
import { Dialog, Keys, Switch } from "../ui";
import { useWords } from "../words";
import { singleKeys, useAllActions, type Action } from "./actions";

export default function Shortcuts({ close }: { close: () => void }) {
  const w = useWords().common.shortcuts;
  const actions = useAllActions().filter((a) => a.keys);
  const single = useSyncExternalStore(singleKeys.subscribe, singleKeys.get);
  const groups = new Map<string, Action[]>();
  for (const a of actions) groups.set(a.group, [...(groups.get(a.group) ?? []), a]);
  return (
    <Dialog open close={close} title={w.title} wide>
      <div className="columns-1 gap-8 wide:columns-2">
        {[...groups].map(([group, all]) => (
          <section key={group} className="mb-5 break-inside-avoid">
            <h3 className="mb-1.5 text-sm font-semibold text-ink-2">{group}</h3>
            <dl>
              {all.map((a) => (
                <div key={a.id} className="flex min-h-8 items-center justify-between gap-4 border-b border-line last:border-0">
                  <dt>{a.name}</dt>
                  <dd><Keys keys={a.keys ?? ""} /></dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
      <div className="border-t border-line pt-4"><Switch label={w.single} hint={w.singleWhy} on={single} change={singleKeys.set} /></div>
    </Dialog>
  );
}
