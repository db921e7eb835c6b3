// SPDX-License-Identifier: Apache-2.0
// The page /call: somebody speaks with Ava by their microphone, reads along, and may type what they
// would rather not say. It opens by a signed link (#session=…&token=…) without an account, or for a
// signed-in member of the staff who tries the desk. What comes from the server is shown as text.
import "./base.css";
import "./call.css";
import { invitation, Line, type State } from "./line";
import { Loudspeaker, Microphone, type Deaf } from "./sound";
import { deafWords, stateWords, texts } from "./texts";

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

function button(label: string, look: string, act: () => void): HTMLButtonElement {
  const made = el("button", { type: "button", class: `button ${look}` }, label);
  made.addEventListener("click", act);
  return made;
}

const title = el("h1", {}, texts.title);
const status = el("p", { class: "status", role: "status" }, texts.about);
const wrong = el("p", { class: "wrong", role: "alert", hidden: "" });
const level = el("meter", { class: "level", min: "0", max: "1", "aria-label": texts.level, hidden: "" });
const log = el("ol", { class: "log", role: "log", "aria-label": texts.log, tabindex: "0", hidden: "" });
const call = button(texts.call, "button-main", () => void begin(true));
const without = button(texts.without, "", () => void begin(false));
const hangUp = button(texts.hangUp, "danger", () => line?.end());
const mute = button(texts.mute, "", toggleMute);
const stop = button(texts.stop, "", () => line?.interrupt());
const input = el("input", { type: "text", maxlength: "1000", autocomplete: "off", "aria-label": texts.write, placeholder: texts.write });
const write = el("form", { class: "write", hidden: "" }, input, el("button", { class: "button" }, texts.send));
document.getElementById("call")!.append(
  title, status, wrong, el("div", { class: "buttons" }, call, without, mute, stop, hangUp), level, log, write,
);

let line: Line | undefined;
let microphone: Microphone | undefined;
let loudspeaker: Loudspeaker | undefined;
let playing = false;
let link = invitation(location.hash);
let unfinished: { speaker: string; element: HTMLLIElement } | undefined;

function show(state: "idle" | "connecting" | "talking"): void {
  const talking = state === "talking";
  call.hidden = without.hidden = state !== "idle";
  hangUp.hidden = write.hidden = stop.hidden = !talking;
  mute.hidden = level.hidden = !talking || microphone === undefined;
  document.body.dataset.state = state;
}

function complain(words: string): void {
  wrong.textContent = words;
  wrong.hidden = words === "";
}

// ---- what is said ----

/** A line that is not final yet is written over by the next of the same speaker. */
function said(speaker: "customer" | "assistant", text: string, final: boolean): void {
  const stay = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  let element = unfinished?.speaker === speaker ? unfinished.element : undefined;
  if (!element) {
    element = el("li", { class: speaker }, el("b", {}, speaker === "customer" ? texts.you : texts.ava), el("span"));
    log.append(element);
    log.hidden = false;
  }
  element.lastElementChild!.textContent = text;
  element.classList.toggle("unfinished", !final);
  unfinished = final ? undefined : { speaker, element };
  if (stay) log.scrollTop = log.scrollHeight;
}

// ---- the call ----

async function openMicrophone(): Promise<boolean> {
  try {
    microphone = await Microphone.open(
      (samples, peak) => {
        line?.sound(samples);
        level.value = Math.min(1, Math.sqrt(peak));
      },
      () => {
        complain(texts.micLost);
        microphone?.close();
        microphone = undefined;
        show("talking");
      },
    );
    return true;
  } catch (why) {
    complain(deafWords[why as Deaf] ?? deafWords.failed);
    return false;
  }
}

async function begin(spoken: boolean): Promise<void> {
  complain("");
  show("connecting");
  status.textContent = texts.connecting;
  if (spoken && !(await openMicrophone())) {
    status.textContent = texts.about;
    show("idle");
    without.focus();
    return;
  }
  try {
    loudspeaker = await Loudspeaker.open((ms, more) => {
      playing = more;
      line?.played(ms);
    });
  } catch {
    complain(texts.noSpeaker);
  }
  log.replaceChildren();
  unfinished = undefined;
  let opened = false;
  line = new Line(link.session, link.token, {
    opened() {
      // The link is used up now, and need not stay in the history; another call needs another.
      if (link.token !== null) history.replaceState(null, "", location.pathname);
      link = invitation("");
      opened = true;
      status.textContent = stateWords.listening;
      show("talking");
      (spoken ? hangUp : input).focus();
    },
    sound(samples) {
      playing = true;
      loudspeaker?.play(samples);
    },
    clear() {
      loudspeaker?.clear();
    },
    state(state: State) {
      status.textContent = stateWords[state] ?? "";
      document.body.dataset.turn = state;
    },
    said,
    trouble: complain,
    ended(why) {
      void finish(opened, why);
    },
  });
}

/** Her last words are heard out. */
async function finish(opened: boolean, why: string): Promise<void> {
  line = undefined;
  microphone?.close();
  microphone = undefined;
  for (let i = 0; i < 20 && playing && loudspeaker; i++) await new Promise((go) => setTimeout(go, 100));
  loudspeaker?.close();
  loudspeaker = undefined;
  playing = false;
  complain(why);
  status.textContent = why ? texts.about : texts.ended;
  if (opened) call.textContent = texts.again;
  delete document.body.dataset.turn;
  show("idle");
  call.focus();
}

function toggleMute(): void {
  if (!microphone) return;
  microphone.muted = !microphone.muted;
  mute.textContent = microphone.muted ? texts.unmute : texts.mute;
  mute.setAttribute("aria-pressed", String(microphone.muted));
}

write.addEventListener("submit", (e) => {
  e.preventDefault();
  const text = input.value.trim();
  if (text === "" || !line) return;
  loudspeaker?.clear();
  line.text(text);
  said("customer", text, true);
  input.value = "";
});
addEventListener("pagehide", () => line?.end());
show("idle");
