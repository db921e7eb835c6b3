// SPDX-License-Identifier: Apache-2.0
// The settings: the list of sections beside the one that is open (one of the two on a phone).
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { ChevronRight } from "lucide-react";
import { Suspense, useEffect } from "react";
import { useMe } from "../app/session";
import { useActions } from "../app/actions";
import { Nothing, buttonClass, cx } from "../ui";
import { useWords } from "../words";
import { useUnsavedForms } from "./drafts";
import { SectionLoading } from "./Frame";
import { sections, type SettingsSection } from "./sections";

function useSections(): readonly SettingsSection[] {
  const { permissions } = useMe();
  return sections.filter((s) => permissions.includes(s.needs));
}

export function SettingsPage() {
  const w = useWords().settings;
  const { section: open } = useParams({ strict: false });
  return (
    <main id="content" className="flex min-h-0 flex-1">
      <h1 className="sr-only">{w.title}</h1>
      <div className={cx("min-h-0 w-full shrink-0 flex-col overflow-y-auto border-line bg-panel wide:flex wide:w-58 wide:border-r full:w-64", open ? "hidden" : "flex")}>
        <SectionList open={open} />
      </div>
      <div className={cx("min-h-0 min-w-0 flex-1 wide:flex", open ? "flex" : "hidden")}><Outlet /></div>
    </main>
  );
}

function SectionList({ open }: { open: string | undefined }) {
  const w = useWords().settings;
  const mine = useSections();
  const unsaved = useUnsavedForms();
  const go = useNavigate();
  useActions(mine.map((s) => ({
    id: `settings ${s.path}`, name: w.goTo(w.sections[s.name]), group: w.title,
    run: () => void go({ to: "/settings/$section", params: { section: s.path } }),
  })));
  const groups = [...new Set(mine.map((s) => s.group))];
  return (
    <nav aria-label={w.list} className="flex flex-col gap-5 px-3 py-4">
      <p className="px-2.5 text-xl font-semibold" aria-hidden="true">{w.title}</p>
      {groups.map((group) => (
        <div key={group}>
          <h2 className="px-2.5 pb-1 text-sm font-medium text-ink-2">{w.groups[group]}</h2>
          <ul className="flex flex-col gap-0.5">
            {mine.filter((s) => s.group === group).map((s) => (
              <li key={s.path}>
                <Link to="/settings/$section" params={{ section: s.path }} aria-current={open === s.path ? "page" : undefined}
                      className="flex min-h-11 items-center gap-3 rounded-md px-2.5 font-medium no-underline hover:bg-sunk aria-[current]:bg-accent-soft aria-[current]:text-accent-text wide:min-h-9">
                  <s.icon className="size-4.5 shrink-0 text-ink-2" strokeWidth={1.75} aria-hidden="true" />
                  <span className="min-w-0 flex-1 truncate">{w.sections[s.name]}</span>
                  {unsaved.some((form) => form === s.path || form.startsWith(`${s.path}/`)) && (
                    <span className="size-2 rounded-full bg-fair"><span className="sr-only">{w.unsaved}</span></span>
                  )}
                  <ChevronRight className="size-4 text-ink-2 wide:hidden" aria-hidden="true" />
                </Link>
              </li>
            ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

/** The settings' own address: a phone sees the list, and where there is place the first section is open. */
export function SettingsStart() {
  const w = useWords().settings;
  const go = useNavigate();
  const [first] = useSections();
  useEffect(() => {
    document.title = `${w.title} · Ava`;
    if (first && window.matchMedia("(min-width: 48rem)").matches) {
      void go({ to: "/settings/$section", params: { section: first.path }, replace: true });
    }
  }, [w, first, go]);
  return null;
}

export function SectionPane() {
  const w = useWords().settings;
  const { section, entry } = useParams({ strict: false });
  const shown = useSections().find((s) => s.path === section);
  const name = shown ? w.sections[shown.name] : w.title;
  useEffect(() => {
    document.title = `${name} · Ava`;
  }, [name]);
  if (!shown) {
    return (
      <div className="flex flex-1">
        <Nothing title={w.missing}><Link to="/settings" className={buttonClass()}>{w.toList}</Link></Nothing>
      </div>
    );
  }
  return <Suspense fallback={<SectionLoading />}><shown.Page key={shown.path} entry={entry} /></Suspense>;
}
