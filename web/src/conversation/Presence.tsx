// SPDX-License-Identifier: Apache-2.0
// Who else looks at the conversation, and who types: their letters, and the same in words.
import { PenLine } from "lucide-react";
import type { Person } from "../app/useLive";
import { Avatar, Tip } from "../ui";
import { useWords } from "../words";

const shown = 3;

function useListed(): (people: readonly Person[]) => string {
  const { lang } = document.documentElement;
  return (people) => new Intl.ListFormat(lang || "en").format(people.map((p) => p.name));
}

/** In the head. */
export function Lookers({ others }: { others: readonly Person[] }) {
  const w = useWords().desk.presence;
  const listed = useListed();
  if (!others.length) return null;
  const words = others.length === 1 ? w.looks(listed(others)) : w.look(listed(others));
  return (
    <Tip words={words}>
      <span className="presence flex items-center -space-x-1.5 rounded-full" tabIndex={0} role="img" aria-label={words}>
        {others.slice(0, shown).map((p) => (
          <span key={p.name} className="relative rounded-full ring-2 ring-panel">
            <Avatar name={p.name} />
            {p.typing && <PenLine className="absolute -right-1 -bottom-1 size-4 rounded-full bg-accent p-0.5 text-accent-ink" />}
          </span>
        ))}
        {others.length > shown && <span className="flex size-8 items-center justify-center rounded-full bg-sunk text-sm ring-2 ring-panel">+{others.length - shown}</span>}
      </span>
    </Tip>
  );
}

/** Above the box: said as it happens, so that two do not answer. */
export function Typers({ others }: { others: readonly Person[] }) {
  const w = useWords().desk.presence;
  const listed = useListed();
  const typing = others.filter((p) => p.typing);
  const people = typing.length ? typing : others;
  const words = !people.length ? "" : typing.length
    ? (people.length === 1 ? w.types(listed(people)) : w.type(listed(people)))
    : (people.length === 1 ? w.looks(listed(people)) : w.look(listed(people)));
  return (
    <p role="status" aria-label={w.label} className="typers mb-1.5 flex items-center gap-1.5 rounded-md bg-fair-soft px-2.5 py-1 text-sm text-fair empty:hidden">
      {words && <><PenLine className="size-4 shrink-0" aria-hidden="true" /><span>{words}</span></>}
    </p>
  );
}
