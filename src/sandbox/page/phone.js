// SPDX-License-Identifier: Apache-2.0
// The telephone of the sandbox's page: what it shows is asked for again and again, for messages
// change after they came. What others wrote is only ever set as text.
import {
  allFaults, ask, attachments, button, byId, element, faultButtons, inboundFaults, linkToProduct, lookWith, postedFate,
  reportFaults, sendFaults, told, watch,
} from "./common.js";
import { beginCalls, callTries, inCall, live, lookForCall, say } from "./call.js";

const statusWords = {
  queued: "on its way",
  sent: "sent",
  delivered: "delivered",
  read: "read",
  undelivered: "not delivered",
  failed: "failed",
};

const tries = [
  "What are your hours?",
  "How much is a facial?",
  "Can I book something tomorrow afternoon?",
  "Please cancel my appointment",
  "I want to talk to a person",
  "STOP",
  "START",
];

const faults = [
  ["What Ava sends", [...sendFaults, ["Not delivered", { status: "undelivered", code: 30003 }], ...reportFaults]],
  ["What you send", [...inboundFaults, ["Files cannot be had", { status: 503, on: "media" }]]],
  allFaults,
];

let shown = ""; // what the thread shows, so that nothing is drawn twice
const attached = attachments(10, 16);
const refused = new Map(); // sid of a text of ours → why Ava did not take it, as far as we were told

const channel = () => document.querySelector("input[name=channel]:checked").value;
const number = () => byId("number").value.trim();
const address = () => (channel() === "whatsapp" ? `whatsapp:${number()}` : number());

// --- the thread

function fileOf(media) {
  if (!/^image\/(png|jpeg|gif|webp)$/.test(media.type) || media.elsewhere) {
    return element("span", "file", media.type);
  }
  const picture = element("img");
  picture.src = media.path;
  picture.alt = media.type;
  return picture;
}

function entry(m) {
  const mine = m.direction === "inbound";
  const item = element("li", `message ${mine ? "mine" : "theirs"}`);
  item.append(...m.media.map(fileOf));
  if (m.body) item.append(element("div", "bubble", m.body));
  const meta = element("div", "meta");
  meta.append(new Date(m.created).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }), " · ");
  const [word, bad] = mine ? postedFate(m.product_status, refused.get(m.sid)) : [statusWords[m.status] ?? m.status, /undelivered|failed/.test(m.status)];
  meta.append(element("span", bad ? "bad" : "", word));
  item.append(meta);
  return item;
}

function draw(messages) {
  const thread = byId("thread");
  const state = JSON.stringify([messages, [...refused]]);
  if (state === shown) return;
  const atEnd = thread.scrollHeight - thread.scrollTop - thread.clientHeight < 80;
  shown = state;
  thread.replaceChildren(
    ...(messages.length ? messages.map(entry) : [element("li", "empty", "No messages yet. Write something to Ava.")]),
  );
  if (atEnd) thread.scrollTop = thread.scrollHeight;
}

const look = () => lookWith(async () => {
  const whose = address();
  const { messages } = await ask(`/sandbox/messages?limit=1000&with=${encodeURIComponent(whose)}`);
  if (whose === address()) draw(messages);
  await lookForCall(number());
});

// --- writing

async function send(text) {
  const files = attached.list;
  const message = { from: address(), body: text, media: files.map(({ type, data }) => ({ type, data })) };
  attached.set([]);
  const pending = ask("/sandbox/text", "POST", message);
  setTimeout(look, 60);
  try {
    const taken = await pending;
    if (taken.status < 200 || taken.status > 299) {
      refused.set(taken.message_sid, taken.error ?? `not taken (${taken.status})`);
    }
    told("");
  } catch (error) {
    attached.set(files);
    byId("text").value ||= text;
    told(error.message, "lost");
  }
  await look();
}

function grow() {
  const text = byId("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

// --- the beginning

function begin(health) {
  byId("business").textContent = health.number;
  linkToProduct(health);
  byId("numbers").append(...["+15550100042", "+15550100043", "+15550100044"].map((n) => new Option(n)));
  byId("number").value = localStorage.getItem("number") ?? "+15550100042";
  byId("number").addEventListener("change", () => {
    localStorage.setItem("number", number());
    look();
  });
  for (const choice of document.querySelectorAll("input[name=channel]")) {
    choice.addEventListener("change", () => {
      nameChannel();
      look();
    });
  }
  byId("text").addEventListener("input", grow);
  byId("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      byId("write").requestSubmit();
    }
  });
  byId("write").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("text").value.trim();
    if (!text && attached.list.length === 0) return;
    byId("text").value = "";
    grow();
    send(text);
  });
}

/** What the telephone is, and what may be tried by it: to be sent, or in a call to be said. */
function nameChannel() {
  byId("channel-name").textContent = inCall() ? "Telephone call" : channel() === "whatsapp" ? "WhatsApp" : "Text message";
  byId("tries-what").hidden = byId("tries").hidden = inCall() && !live();
  byId("tries-what").textContent = inCall() ? " Say:" : " Try:";
  const [texts, act] = inCall() ? [callTries, say] : [tries, send];
  byId("tries").replaceChildren(...texts.map((text) => button(text, () => act(text))));
}

faultButtons(faults);
const health = await ask("/health");
begin(health);
beginCalls(health, number, nameChannel);
nameChannel();
await watch(look, 700);
byId("text").focus();
