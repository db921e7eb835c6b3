// SPDX-License-Identifier: Apache-2.0
// A call to Ava by the sandbox's telephone, without a microphone: what the person writes is spoken for
// them. What both say comes from the sandbox and, as Ava has it, from her database; the sound of the
// call is played as it grows. What others said is only ever set as text.
import { ask, button, byId, element, told } from "./common.js";

const stay = { silence: 3_600_000 }; // on the line, until something else is asked for
const keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const lookMs = 400;
const writtenMs = 6000; // Ava has written the call down so long after its end, or will not
const refused = {
  busy: "Ava's line is busy", "no-answer": "Nobody answered", failed: "The call failed", canceled: "The call was cancelled",
};

export const callTries = [
  "I would like to book a facial",
  "The first one, please",
  "Yes, please",
  "How much is it?",
  "Can I talk to a person?",
  "Thank you, goodbye",
];

let sid = null; // of the call that is shown
let call = null; // as it was last seen
let product = null;
let endedAt = 0;
let wasLive = false;
let shown = ""; // what the log shows, so that nothing is drawn twice
let timer = 0;
let onToggle = () => {};

/** Is a call shown, and does it go on? */
export const inCall = () => sid !== null;
export const live = () => sid !== null && (call === null || call.live);
const path = () => `/sandbox/calls/${sid}`;

// --- what was said

const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/** What the network and the other telephones did, in words; undefined: nothing to tell. */
function eventOf(m) {
  switch (m.what) {
    case "dials": return `You are put through to ${m.text}`;
    case "connected": return `Connected to ${m.text}`;
    case "dialled": return m.text === "completed" ? "The other telephone hung up" : `The other telephone: ${m.text}`;
    case "recorded": return `Recorded, ${Math.round(m.n / 1000)} s`;
    case "error": return `Error: ${m.text}`;
    case "crashed": return "The connection broke";
    default: return undefined;
  }
}

/** Of the moments of the call: [when, who, text, note]. */
function fromMoments(moments, knowsWords) {
  const rows = [];
  for (const m of moments) {
    const last = rows[rows.length - 1];
    if (m.what === "said") rows.push([m.at_ms, "mine", m.text || "(a sound)", m.n ? "interrupting" : ""]);
    else if (m.what === "pressed" && last?.[3] === "keys") last[2] += ` ${m.text}`;
    else if (m.what === "pressed") rows.push([m.at_ms, "mine", m.text, "keys"]);
    else if (m.what === "heard") rows.push([m.at_ms, "theirs", m.text, "an announcement"]);
    else if (m.what === "sound" && !knowsWords) rows.push([m.at_ms, "theirs", "(speaks)", ""]);
    else if (eventOf(m)) rows.push([m.at_ms, "event", eventOf(m), ""]);
  }
  return rows;
}

/** Of the words as Ava has them: hers, and the caller's where she understood something else. */
function fromWords(words, begin, said) {
  const rows = [];
  for (const w of words) {
    const at = begin + w.timestamp * 1000;
    if (w.speaker === "assistant") rows.push([at, "theirs", w.text, w.interrupted ? "interrupted" : ""]);
    else if (!said.has(plain(w.text))) rows.push([at, "event", `Ava understood: ${w.text}`, ""]);
  }
  return rows;
}

function rowsOf(c) {
  const begin = c.moments.find((m) => m.what === "stream")?.at_ms ?? 0;
  const said = new Set(c.moments.filter((m) => m.what === "said").map((m) => plain(m.text ?? "")));
  return [...fromMoments(c.moments, c.words.length > 0), ...fromWords(c.words, begin, said)].sort((a, b) => a[0] - b[0]);
}

const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;

function entry([at, who, text, note]) {
  if (who === "event") return element("li", "call-event", text);
  const item = element("li", `message ${who}`);
  item.append(element("div", "bubble", text));
  item.append(element("div", "meta", note ? `${clock(at)} · ${note}` : clock(at)));
  return item;
}

// --- how it stands

/** In words, and the colour of its light. */
function stateOf(c) {
  if (c === null) return ["Calling…", "waits"];
  const last = (...whats) => c.moments.findLast((m) => whats.includes(m.what));
  if (!c.live) {
    const taken = c.webhook_status >= 200 && c.webhook_status < 300;
    if (!taken && c.direction === "inbound") return [`Ava did not take the call (${c.webhook_status || "no answer"})`, "lost"];
    return [refused[c.status] ?? "The call has ended", c.status === "completed" ? "over" : "lost"];
  }
  if (!last("answered")) return [c.direction === "inbound" ? "Ringing…" : "Ava calls you", "waits"];
  const leg = last("dials", "connected", "dialled");
  if (leg?.what === "dials") return [`Ringing ${leg.text}…`, "waits"];
  if (leg?.what === "connected") return [`Connected to ${leg.text}`, "speaks"];
  if (!c.streaming) return [last("stream") ? "On the line" : "Connecting…", "waits"];
  return last("sound", "quiet", "cleared")?.what === "sound" ? ["Ava speaks", "speaks"] : ["Ava listens", "listens"];
}

function drawState() {
  const [text, light] = stateOf(call);
  if (byId("call-is").textContent !== text) byId("call-is").textContent = text;
  byId("call-state").dataset.light = light;
  byId("call-time").textContent = clock(call?.ms ?? 0);
  const going = live();
  for (const id of ["say", "call-acts"]) byId(id).hidden = !going;
  byId("keys").hidden = !going || byId("keypad").ariaExpanded !== "true";
  byId("call-over").hidden = going;
  if (going !== wasLive) {
    wasLive = going;
    onToggle();
    if (!going && sid !== null) byId("again").focus(); // what had the focus is not there any more
  }
  byId("number").disabled = going;
  const id = call?.conversation_id;
  byId("call-conversation").hidden = !id || !product;
  if (id && product) byId("call-conversation").href = `${product}/?conversation=${id}`;
  byId("call-sound").hidden = going;
  if (!going && byId("call-sound").dataset.of !== sid) {
    byId("call-sound").dataset.of = sid;
    byId("call-sound").src = `${path()}/audio`;
  }
}

function draw() {
  drawState();
  const log = byId("call-log");
  const rows = call ? rowsOf(call) : [];
  const state = JSON.stringify(rows);
  if (state === shown) return;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  shown = state;
  log.replaceChildren(...rows.map(entry));
  if (atEnd) log.scrollTop = log.scrollHeight;
}

/** Its last words are written a moment after its end. */
const isWritten = () => call.settled && (!call.frames_sent || performance.now() - endedAt > writtenMs);

async function look() {
  const whose = sid;
  if (whose === null) return;
  try {
    const seen = await ask(`${path()}?words=true`);
    if (whose !== sid) return;
    call = seen;
    endedAt ||= call.live ? 0 : performance.now();
    draw();
  } catch (error) {
    told(error.message, "lost");
  }
  if (whose === sid && !(call && !call.live && isWritten())) timer = setTimeout(look, lookMs);
}

// --- its sound

const sound = { context: null, at: 0, until: 0, busy: false };

/** Plays what has been added since; both sides, as they are in the telephone. */
function play(bytes) {
  const samples = new Int16Array(bytes, 44);
  const n = samples.length / 2;
  if (!n) return;
  sound.at += n / 8;
  const buffer = sound.context.createBuffer(1, n, 8000);
  const mixed = buffer.getChannelData(0);
  for (let i = 0; i < n; i++) mixed[i] = (samples[2 * i] + samples[2 * i + 1]) / 32768;
  const source = sound.context.createBufferSource();
  source.buffer = buffer;
  source.connect(sound.context.destination);
  sound.until = Math.max(sound.until, sound.context.currentTime + 0.15);
  source.start(sound.until);
  sound.until += buffer.duration;
}

async function listen() {
  if (!sound.context || !call?.live || sound.busy) return;
  const whose = sid;
  sound.busy = true;
  try {
    const answer = await fetch(`${path()}/audio?after_ms=${Math.floor(sound.at)}`);
    const bytes = await answer.arrayBuffer();
    if (answer.ok && whose === sid && sound.context) play(bytes);
  } catch {
    // the look says that the sandbox is away
  } finally {
    sound.busy = false;
  }
}

/** From now on, not from the beginning. */
function setSound(on) {
  if (on && !sound.context) {
    sound.context = new AudioContext();
    sound.at = call?.ms ?? 0;
    sound.until = 0;
  } else if (!on && sound.context) {
    sound.context.close();
    sound.context = null;
  }
  byId("listen").ariaPressed = String(on);
  byId("listen").textContent = on ? "Sound on" : "Sound off";
}

// --- what the person does

const act = (...steps) => ask(path(), "POST", { script: [...steps, stay] });

export async function say(text) {
  if (live()) await act({ say: text });
}

function show(which) {
  clearTimeout(timer);
  sid = which;
  call = null;
  endedAt = 0;
  shown = "";
  byId("call-log").replaceChildren();
  byId("call").hidden = sid === null;
  for (const id of ["thread", "write", "dial"]) byId(id).hidden = sid !== null;
  sound.at = 0;
  if (sid === null) setSound(false);
  drawState();
  onToggle();
  look();
}

async function dial(from) {
  byId("dial").disabled = true;
  try {
    const placed = await ask("/sandbox/call", "POST", { from, record: true, script: [stay] });
    setSound(true);
    show(placed.sid);
    byId("words").focus();
  } finally {
    byId("dial").disabled = false;
  }
}

/** A call with that number that goes on: of an earlier look at this page, or one that Ava makes. */
export async function lookForCall(number) {
  if (sid !== null) return;
  const { calls } = await ask(`/sandbox/calls?live=true&with=${encodeURIComponent(number)}`);
  const mine = calls.filter((c) => (c.direction === "inbound" ? c.from : c.to) === number && c.parent === null);
  if (sid === null && mine.length) show(mine[mine.length - 1].sid);
}

/** number: gives who calls; toggled: told when inCall() or live() may have changed. */
export function beginCalls(health, number, toggled) {
  const press = (what) => Promise.resolve(what()).catch((error) => told(error.message, "lost"));
  product = health.product_url;
  onToggle = toggled;
  byId("keys").append(...keys.map((key) => button(key, () => act({ press: key }))));
  byId("dial").addEventListener("click", () => press(() => dial(number())));
  byId("again").addEventListener("click", () => press(() => dial(number())));
  byId("call-close").addEventListener("click", () => show(null));
  byId("hang-up").addEventListener("click", () => press(() => ask(path(), "POST", { script: [{ hangup: true }] })));
  byId("listen").addEventListener("click", () => setSound(byId("listen").ariaPressed !== "true"));
  byId("keypad").addEventListener("click", () => {
    byId("keypad").ariaExpanded = String(byId("keypad").ariaExpanded !== "true");
    drawState();
    byId("call-log").scrollTop = byId("call-log").scrollHeight;
  });
  byId("say").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("words").value.trim();
    if (!text) return;
    byId("words").value = "";
    press(() => say(text));
  });
  setInterval(listen, 250);
}
