// SPDX-License-Identifier: Apache-2.0
// What is around every page: the rail of pages (a bar at the bottom of a phone), who is signed in,
// how the connection stands, the palette and the sheet of keys.
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { CircleUser, Ellipsis, Keyboard, KeyRound, LogOut, PhoneCall, Search } from "lucide-react";
import { lazy, Suspense, useCallback, useEffect, useState } from "react";
import { ApiError, whoami } from "../api";
import { Avatar, cx, Menu, MenuChoice, MenuItem, MenuLabel, MenuLine, Tip, toast } from "../ui";
import { Mark } from "../ui/Mark";
import { languages, setLanguage, useLanguage, useWords, type Language } from "../words";
import { listenForKeys, useActions } from "./actions";
import { Banner } from "./Banner";
import { pages, type Page } from "./pages";
import { useMay, useSession } from "./session";
import { setTheme, themes, useTheme } from "./theme";
import { LiveContext, useLive, useLiveState } from "./useLive";
import { useOnline } from "./useOnline";

const loadPalette = () => import("./Palette");
const Palette = lazy(loadPalette);
const Shortcuts = lazy(() => import("./Shortcuts"));

type Over = "palette" | "shortcuts" | null;
const inBar = 4;

export function Shell() {
  const w = useWords().common;
  const { me, lapsed } = useSession();
  const [over, setOver] = useState<Over>(null);
  const mine = pages.filter((p) => me.permissions.includes(p.needs) && (p.when?.(me) ?? true));

  const refused = useCallback(() => {
    whoami().catch((e: unknown) => e instanceof ApiError && e.status === 401 && lapsed());
  }, [lapsed]);
  const live = useLive(refused);

  useEffect(listenForKeys, []);
  // Fetched when nothing else is to be done, so that what is typed after Ctrl-K is not lost.
  useEffect(() => {
    const timer = window.setTimeout(() => void loadPalette().catch(() => {}), 1500);
    return () => window.clearTimeout(timer);
  }, []);
  useFrameActions(mine, setOver);

  return (
    <LiveContext value={live}>
      <a href="#content" className="sr-only z-50 rounded-md bg-panel px-3 py-2 focus:not-sr-only focus:fixed focus:top-2 focus:left-2">{w.frame.skip}</a>
      <div className="flex h-full flex-col wide:flex-row">
        <Rail pages={mine} setOver={setOver} />
        <div className="flex min-h-0 min-w-0 flex-1 flex-col">
          <Banner />
          <Outlet />
        </div>
        <Bar pages={mine} setOver={setOver} />
      </div>
      <Suspense>
        {over === "palette" && <Palette close={() => setOver(null)} />}
        {over === "shortcuts" && <Shortcuts close={() => setOver(null)} />}
      </Suspense>
    </LiveContext>
  );
}

function useFrameActions(mine: readonly Page[], setOver: (over: Over) => void): void {
  const w = useWords().common;
  const go = useNavigate();
  const signOut = useSignOut();
  const group = w.shortcuts.everywhere;
  useActions([
    { id: "palette", name: w.shortcuts.palette, group, keys: "Ctrl+k", keysOnly: true, run: () => setOver("palette") },
    { id: "shortcuts", name: w.shortcuts.sheet, group, keys: "?", run: () => setOver("shortcuts") },
    ...mine.map((p) => ({
      id: `go ${p.name}`, name: w.shortcuts.goTo(w.pages[p.name]), group, keys: `g ${p.key}`,
      run: () => void go({ to: p.path }),
    })),
    ...themes.map((theme) => ({
      id: `theme ${theme}`, name: w.shortcuts.theme(w.frame.themes[theme]), group, run: () => setTheme(theme),
    })),
    ...Object.entries(languages).map(([language, name]) => ({
      id: `language ${language}`, name: w.shortcuts.language(name), group, run: () => setLanguage(language as Language),
    })),
    { id: "sign out", name: w.frame.signOut, group, run: signOut },
  ]);
}

function useSignOut(): () => void {
  const w = useWords().common.frame;
  const { leave } = useSession();
  return () => {
    leave().catch(() => toast({ words: w.signOutFailed, tone: "trouble" }));
  };
}

function useIsAt(): (page: Page) => boolean {
  const path = useRouterState({ select: (s) => s.location.pathname });
  return (page) => path === page.path || path.startsWith(`${page.path}/`);
}

const railItem = "relative flex w-full flex-col items-center gap-0.5 rounded-lg px-0.5 py-1.5 text-xs font-medium text-ink-2 no-underline hover:bg-sunk hover:text-ink aria-[current]:bg-accent-soft aria-[current]:text-accent-text";

function Rail({ pages: mine, setOver }: { pages: readonly Page[]; setOver: (over: Over) => void }) {
  const w = useWords().common;
  const isAt = useIsAt();
  return (
    <header className="hidden w-25 shrink-0 flex-col items-center gap-1 border-r border-line bg-panel px-1 py-2.5 wide:flex">
      <div className="pb-1.5"><Mark small /></div>
      <Tip words={w.shortcuts.palette} keys="Ctrl+k" side="right">
        <button type="button" className={railItem} onClick={() => setOver("palette")} aria-label={w.palette.title}>
          <Search className="size-5" strokeWidth={1.75} />
        </button>
      </Tip>
      <nav aria-label={w.frame.pages} className="w-full flex-1">
        <ul className="flex flex-col gap-1">
          {mine.map((p) => (
            <li key={p.name}>
              <Link to={p.path} className={railItem} aria-current={isAt(p) ? "page" : undefined}>
                <p.icon className="size-5" strokeWidth={1.75} aria-hidden="true" />
                <span className="max-w-full truncate">{w.pages[p.name]}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <Connection />
      <Account setOver={setOver} side="right" />
    </header>
  );
}

function Connection() {
  const w = useWords().common.frame;
  const state = useLiveState();
  const online = useOnline();
  const live = online && state === "live";
  return (
    <p className="top-live flex items-center gap-1.5 py-1 text-xs text-ink-2" data-state={online ? state : "waiting"}>
      <span className={cx("size-2 rounded-full", live ? "bg-good" : "bg-line-strong")} />
      {live ? w.live : online ? w.connecting : w.offline}
    </p>
  );
}

function Account({ setOver, side }: { setOver: (over: Over) => void; side: "right" | "top" }) {
  const w = useWords().common;
  const { me } = useSession();
  const go = useNavigate();
  const theme = useTheme();
  const language = useLanguage();
  const mayCall = useMay("conversations.write");
  const signOut = useSignOut();
  return (
    <Menu side={side} align="end" button={
      <button type="button" className={cx(railItem, "max-wide:min-h-12 max-wide:justify-center max-wide:rounded-none!")} aria-label={`${w.frame.account}: ${me.name}`}>
        <CircleUser className="size-5" strokeWidth={1.75} />
        <span className="hidden max-w-full truncate wide:block">{me.name.split(" ")[0]}</span>
        <span className="wide:hidden">{w.frame.account}</span>
      </button>
    }>
      <MenuLabel>
        <span className="flex max-w-64 items-center gap-2.5 py-0.5 font-normal">
          <Avatar name={me.name} />
          <span className="min-w-0">
            <span className="block truncate font-medium text-ink">{me.name}</span>
            <span className="block truncate">{[w.frame.roles[me.role ?? ""] ?? me.role, me.email].filter(Boolean).join(" · ")}</span>
          </span>
        </span>
      </MenuLabel>
      <MenuLine />
      <MenuLabel>{w.frame.theme}</MenuLabel>
      <MenuChoice value={theme} change={setTheme} choices={themes.map((t) => ({ value: t, words: w.frame.themes[t] }))} />
      <MenuLine />
      <MenuLabel>{w.frame.language}</MenuLabel>
      <MenuChoice value={language} change={setLanguage}
                  choices={Object.entries(languages).map(([value, name]) => ({ value: value as Language, words: name }))} />
      <MenuLine />
      {mayCall && <MenuItem icon={<PhoneCall className="size-4" />} run={() => window.open("/call", "_blank", "noopener")}>{w.frame.tryCall}</MenuItem>}
      <MenuItem icon={<Keyboard className="size-4" />} keys="?" run={() => setOver("shortcuts")}>{w.shortcuts.title}</MenuItem>
      {me.kind === "user" && (
        <MenuItem icon={<KeyRound className="size-4" />} run={() => void go({ to: "/settings/$section", params: { section: "account" } })}>{w.frame.ownPassword}</MenuItem>
      )}
      <MenuLine />
      <MenuItem icon={<LogOut className="size-4" />} run={signOut}>{w.frame.signOut}</MenuItem>
    </Menu>
  );
}

/** The same on a phone: the first pages, the others and what is rarely needed under More. */
function Bar({ pages: mine, setOver }: { pages: readonly Page[]; setOver: (over: Over) => void }) {
  const w = useWords().common;
  const isAt = useIsAt();
  const go = useNavigate();
  const item = cx(railItem, "min-h-12 flex-1 justify-center rounded-none!");
  const rest = mine.slice(inBar);
  return (
    <nav aria-label={w.frame.pages} className="flex shrink-0 border-t border-line bg-panel wide:hidden">
      {mine.slice(0, inBar).map((p) => (
        <Link key={p.name} to={p.path} className={item} aria-current={isAt(p) ? "page" : undefined}>
          <p.icon className="size-5" strokeWidth={1.75} aria-hidden="true" />
          <span className="max-w-full truncate">{w.pages[p.name]}</span>
        </Link>
      ))}
      {rest.length > 0 && (
        <Menu side="top" button={
          <button type="button" className={cx(item, rest.some(isAt) && "text-accent-text!")}>
            <Ellipsis className="size-5" /><span>{w.frame.more}</span>
          </button>
        }>
          {rest.map((p) => (
            <MenuItem key={p.name} icon={<p.icon className="size-4" />} run={() => void go({ to: p.path })}>{w.pages[p.name]}</MenuItem>
          ))}
        </Menu>
      )}
      <div className="flex flex-1"><Account setOver={setOver} side="top" /></div>
    </nav>
  );
}
