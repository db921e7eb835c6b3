// SPDX-License-Identifier: Apache-2.0
// The command palette: everything that can be done now, found by typing. A combobox with its list.
import { Dialog } from "radix-ui";
import { useId, useMemo, useState, type KeyboardEvent } from "react";
import { cx, Keys } from "../ui";
import { veilClass } from "../ui/Dialog";
import { useWords } from "../words";
import { useAllActions, type Action } from "./actions";

/** Every word typed begins a word of the name; accents do not count. */
function matches(name: string, typed: string): boolean {
  const plain = (s: string): string => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const words = plain(name).split(/[\s:,]+/);
  return plain(typed).split(/\s+/).filter(Boolean).every((t) => words.some((w) => w.startsWith(t)));
}

export default function Palette({ close }: { close: () => void }) {
  const w = useWords().common.palette;
  const list = useId();
  const actions = useAllActions();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => actions.filter((a) => !a.keysOnly && matches(a.name, typed)), [actions, typed]);
  const chosen = found[Math.min(at, found.length - 1)];

  function run(action: Action | undefined): void {
    if (!action) return;
    close();
    // After the dialog has given the focus back, so that the action may put it elsewhere.
    window.setTimeout(() => action.run());
  }

  function key(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && found.length) setAt((Math.min(at, found.length - 1) + step + found.length) % found.length);
    else if (event.key === "Enter") run(chosen);
    else return;
    event.preventDefault();
  }

  return (
    <Dialog.Root open onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <Dialog.Overlay className={veilClass} />
        <Dialog.Content aria-describedby={undefined}
                        className="fixed top-[12vh] left-1/2 z-40 flex max-h-[70vh] w-[calc(100vw-2rem)] max-w-xl -translate-x-1/2 flex-col overflow-hidden rounded-xl border border-line bg-raised shadow-pop focus:outline-none">
          <Dialog.Title className="sr-only">{w.title}</Dialog.Title>
          <input className="w-full border-b border-line bg-transparent px-5 py-3.5 text-lg outline-none placeholder:text-ink-2"
                 placeholder={w.placeholder} value={typed} role="combobox" aria-label={w.title} aria-expanded="true"
                 aria-controls={list} aria-activedescendant={chosen && `${list}-${chosen.id}`} autoComplete="off"
                 onChange={(e) => { setTyped(e.target.value); setAt(0); }} onKeyDown={key} />
          <ul id={list} role="listbox" aria-label={w.title} className="min-h-0 flex-1 overflow-y-auto p-1.5">
            {found.map((a, i) => (
              <li key={a.id} id={`${list}-${a.id}`} role="option" aria-selected={a === chosen}
                  ref={(el) => { if (a === chosen) el?.scrollIntoView({ block: "nearest" }); }}
                  className={cx("flex min-h-9 cursor-pointer items-center gap-3 rounded-md px-3.5", a === chosen && "bg-accent-soft text-accent-text")}
                  onPointerMove={() => setAt(i)} onClick={() => run(a)}>
                <span className="min-w-0 flex-1 truncate">{a.name}</span>
                {a.keys && <Keys keys={a.keys} />}
              </li>
            ))}
          </ul>
          {found.length === 0 && <p className="px-5 pb-5 text-ink-2">{w.none}</p>}
          <p className="border-t border-line px-5 py-2 text-sm text-ink-2">{w.hint}</p>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
