// SPDX-License-Identifier: Apache-2.0
// The web chat on a business's own site: <script src="https://…/chat.js" async></script>, with, if
// wanted, data-greeting, data-colour (of buttons), data-theme="auto" (dark where the visitor's system
// is), data-consent="granted" (the site has asked already). It sets no cookie and stores nothing
// before the visitor agrees; then it stores the key of the chat, for thirty days. What comes from the
// server is shown as text.
import type { ChatInfo, ChatMessage, ChatThread } from "../src/api";
import css from "./chat.css?inline";
import { takeTexts, texts } from "./texts";
import { newId, newKey, type Outgoing, Wire } from "./wire";

const script = document.currentScript as HTMLScriptElement | null;
const base = new URL(script?.src ?? location.href).origin;
const asked = script?.dataset ?? {};
const own = window as unknown as { AvaChat?: unknown; AvaChatTexts?: unknown };

const place = "ava-chat";
const typingMs = 60_000;
const keptMs = 30 * 24 * 3600 * 1000;

// ---- what is kept, once it may be ----

function keptKey(): string | null {
  try {
    const kept = JSON.parse(localStorage.getItem(place) ?? "null") as { key?: unknown; at?: unknown } | null;
    const fresh = kept !== null && typeof kept.at === "number" && Date.now() - kept.at < keptMs;
    return fresh && typeof kept.key === "string" && /^[\w-]{43}$/.test(kept.key) ? kept.key : null;
  } catch {
    return null;
  }
}

function keep(key: string | null): boolean {
  try {
    if (key === null) localStorage.removeItem(place);
    else localStorage.setItem(place, JSON.stringify({ key, at: Date.now() }));
    return true;
  } catch {
    return false;
  }
}

// ---- small helpers for elements ----

function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  set: Record<string, string> = {},
  ...inside: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(set)) made.setAttribute(key, value);
  made.append(...inside);
  return made;
}

function button(label: string, set: Record<string, string>, act: () => void): HTMLButtonElement {
  const made = el("button", { type: "button", ...set }, label);
  made.addEventListener("click", act);
  return made;
}

/** Text, with its addresses as links. */
function linked(text: string): (Node | string)[] {
  return text.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/).map((part, i) =>
    i % 2 ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part) : part,
  );
}

// ---- the chat ----

interface Shown {
  element: HTMLLIElement;
  at: string;
}

function begin(): void {
  takeTexts(own.AvaChatTexts);
  let consent = asked.consent === "granted";
  const before = keptKey();
  let thread: ChatThread | null = null;
  let info: ChatInfo = { business: null, move_to: [] };
  let informed = false;
  let unread = 0;
  let moveOffered = false;
  let movedTo = "";
  let patience: ReturnType<typeof setTimeout> | undefined;
  const shown = new Map<string, Shown>();

  const host = el("div", { id: "ava-chat" });
  if (asked.theme === "auto") host.classList.add("dark");
  if (asked.colour && CSS.supports("color", asked.colour)) host.style.setProperty("--accent", asked.colour);
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];

  const count = el("span", { class: "count", hidden: "" });
  const launch = button("", { class: "launch", "aria-haspopup": "dialog" }, () => open());
  launch.append(texts.open, count);
  const title = el("h2", {}, texts.title);
  const log = el("ol", { class: "log", role: "log", "aria-label": texts.title, tabindex: "0" });
  const greeting = el("li", {}, el("span", { class: "bubble" }, asked.greeting ?? texts.greeting));
  const dots = el("li", { hidden: "" }, el("span", { class: "bubble dots", role: "img", "aria-label": texts.typing }, el("i"), el("i"), el("i")));
  log.append(greeting, dots);
  const note = el("div", { class: "note", role: "status", hidden: "" });
  const connection = el("div", { class: "note", role: "status", hidden: "" }, texts.offline);
  const storing = el("div", { class: "note", hidden: "" });
  const menu = el("div", { class: "menu", hidden: "" });
  const input = el("textarea", { rows: "1", maxlength: "2000", "aria-label": texts.write, placeholder: texts.write });
  const write = el("form", {}, input, el("button", { class: "main" }, texts.send));
  const move = el("form", { class: "move", hidden: "" });
  const top = el("div", { class: "top" }, title, button("×", { "aria-label": texts.close, title: texts.close }, () => close()));
  const panel = el("div", { class: "panel", role: "dialog", "aria-label": texts.title, hidden: "" }, top, log, note, connection, storing, menu, move, write);
  root.append(launch, panel);
  document.body.append(host);

  const wire = new Wire(base, before ?? newKey(), {
    thread: takeThread,
    sent(outgoing, as) {
      const mine = shown.get(outgoing.id);
      if (!mine) return;
      mine.element.classList.remove("waiting");
      mine.at = as.at;
      arrange();
      if (consent) keep(wire.key);
      showStoring();
    },
    refused(outgoing) {
      const mine = shown.get(outgoing.id);
      const why = el("span", { class: "why", role: "alert" }, `${texts.failed} ${outgoing.failed ?? ""}`.trim());
      why.append(
        button(texts.again, {}, () => {
          why.remove();
          wire.say(outgoing);
        }),
      );
      mine?.element.append(why);
    },
    online(is) {
      connection.hidden = is;
    },
  });

  // ---- showing ----

  function atEnd(): boolean {
    return log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  }

  /** In the order of time; what was not taken yet comes last. Only what must move moves. */
  function arrange(): void {
    const stay = atEnd();
    const order = [...shown.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
    let next: ChildNode | null = greeting.nextSibling;
    for (const { element } of order) {
      if (element === next) next = next.nextSibling;
      else log.insertBefore(element, next);
    }
    if (dots.nextSibling) log.append(dots);
    if (stay) log.scrollTop = log.scrollHeight;
  }

  function bubble(from: string, text: string): HTMLLIElement {
    return el("li", { class: from }, el("span", { class: "bubble" }, ...linked(text)));
  }

  function add(m: ChatMessage): boolean {
    const mine = m.client_id === null ? undefined : shown.get(m.client_id);
    if (mine) {
      mine.at = m.at;
      mine.element.classList.remove("waiting");
      return false;
    }
    const name = m.client_id ?? m.id;
    if (shown.has(name)) return false;
    shown.set(name, { element: bubble(m.from, m.text), at: m.at });
    return m.from !== "visitor";
  }

  function takeThread(now: ChatThread): void {
    const first = thread === null;
    thread = now;
    const news = now.messages.filter(add).length;
    dots.hidden = !now.typing;
    clearTimeout(patience); // whoever types so long does not
    patience = setTimeout(() => (dots.hidden = true), typingMs);
    arrange();
    if (panel.hidden && !(first && before)) unread += news;
    count.hidden = unread === 0;
    count.textContent = `${unread} ${texts.unread}`;
    note.textContent =
      now.state === "ended" ? texts.ended
      : now.state === "moved" ? movedTo || texts.moved
      : now.person ? texts.person
      : now.person_wanted ? texts.personWanted
      : "";
    note.hidden = note.textContent === "";
    if (now.person_wanted && !now.typing && !moveOffered && mayMove()) offerMove(false);
    showMenu();
  }

  function showStoring(): void {
    storing.hidden = thread === null && shown.size === 0;
    storing.replaceChildren(
      consent ? texts.remembered : texts.forgotten,
      " ",
      button(consent ? texts.forget : texts.remember, {}, () => agree(!consent)),
    );
  }

  function showMenu(): void {
    menu.replaceChildren();
    if (mayMove()) menu.append(button(texts.move, {}, () => offerMove(false)));
    if (thread && thread.state !== "new") menu.append(button(texts.end, {}, () => void end()));
    menu.hidden = menu.childElementCount === 0;
  }

  // ---- going on elsewhere ----

  function mayMove(): boolean {
    return info.move_to.length > 0 && (thread?.state === "active" || thread?.state === "ended");
  }

  function offerMove(leaving: boolean): void {
    moveOffered = true;
    const how = el("select", {}, ...info.move_to.map((to) => el("option", { value: to }, to === "sms" ? texts.bySms : texts.byEmail)));
    const address = el("input", { required: "" });
    const what = el("span");
    const wrong = el("p", { class: "why", role: "alert", hidden: "" });
    const fit = (): void => {
      const sms = how.value === "sms";
      what.textContent = sms ? texts.moveSms : texts.moveEmail;
      address.type = sms ? "tel" : "email";
      address.autocomplete = sms ? "tel" : "email";
    };
    how.addEventListener("change", fit);
    fit();
    const done = (): void => {
      move.hidden = true;
      if (leaving) hide();
    };
    move.replaceChildren(
      el("p", {}, texts.moveAsk),
      ...(info.move_to.length > 1 ? [el("label", {}, texts.moveBy, how)] : []),
      el("label", {}, what, address),
      wrong,
      el("div", {}, el("button", { class: "main" }, texts.moveSend), button(texts.moveNo, { class: "plain" }, done)),
    );
    move.onsubmit = (e) => {
      e.preventDefault();
      wire.move(how.value, address.value).then(
        (moved) => {
          note.textContent = movedTo = texts.movedTo.replace("{to}", moved.to);
          note.hidden = false;
          done();
        },
        (why: Error) => {
          wrong.textContent = why.message || texts.wrong;
          wrong.hidden = false;
        },
      );
    };
    move.hidden = false;
    if (leaving) address.focus();
  }

  // ---- what the visitor does ----

  function say(): void {
    const text = input.value.trim();
    if (text === "") return;
    const outgoing: Outgoing = { id: newId(), text };
    const element = bubble("visitor waiting", text);
    shown.set(outgoing.id, { element, at: "~" });
    input.value = "";
    fitInput();
    log.scrollTop = log.scrollHeight;
    arrange();
    wire.say(outgoing);
  }

  function fitInput(): void {
    input.style.height = "auto";
    input.style.height = `${input.scrollHeight + 2}px`;
  }

  function open(): void {
    panel.hidden = false;
    launch.hidden = true;
    unread = 0;
    count.hidden = true;
    log.scrollTop = log.scrollHeight;
    input.focus();
    if (!informed) {
      informed = true;
      wire.info().then(
        (told) => {
          info = told;
          title.textContent = told.business ?? texts.title;
          showMenu();
        },
        () => (informed = false),
      );
    }
  }

  function hide(): void {
    panel.hidden = true;
    launch.hidden = false;
    launch.focus();
  }

  /** Whoever leaves before the answer is asked where it shall go. */
  function close(): void {
    const waits = thread?.state === "active" && (thread.typing || thread.person_wanted);
    if (waits && !moveOffered && mayMove()) offerMove(true);
    else hide();
  }

  function agree(yes: boolean): void {
    consent = yes;
    keep(yes && (thread !== null || shown.size > 0) ? wire.key : null);
    showStoring();
  }

  async function end(): Promise<void> {
    keep(null);
    for (const { element } of shown.values()) element.remove();
    shown.clear();
    thread = null;
    moveOffered = false;
    movedTo = "";
    dots.hidden = note.hidden = menu.hidden = storing.hidden = move.hidden = true;
    await wire.end().catch(() => undefined);
  }

  write.addEventListener("submit", (e) => {
    e.preventDefault();
    say();
  });
  input.addEventListener("input", fitInput);
  input.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.shiftKey || e.isComposing) return;
    e.preventDefault();
    say();
  });
  panel.addEventListener("keydown", (e) => {
    if (e.key === "Escape") hide();
  });
  if (before !== null) {
    consent = true;
    wire.start();
    showStoring();
    storing.hidden = false;
  }
  own.AvaChat = { open, close: hide, end, consent: agree };
}

if (own.AvaChat === undefined) {
  own.AvaChat = {};
  if (document.body) begin();
  else addEventListener("DOMContentLoaded", begin);
}
