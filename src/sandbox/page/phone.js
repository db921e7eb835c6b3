// SPDX-License-Identifier: Apache-2.0
// The telephone of the sandbox's page: what it shows is asked for again and again, for messages
// change after they came. What others wrote is only ever set as text.
const lookMs = 700;
const fileMaxBytes = 16 * 1024 * 1024;
const byId = (id) => document.getElementById(id);
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
  ["What Ava sends", [
    ["Turned away (429)", { status: 429, retry_after: 2 }],
    ["Server error (500)", { status: 500 }],
    ["Sent, but no answer", { status: "after_send_timeout", hang_ms: 15000 }],
    ["Slow (3 s)", { status: "slow", latency_ms: 3000 }],
    ["Not delivered", { status: "undelivered", code: 30003 }],
    ["Reports twice", { status: "duplicate" }],
    ["Reports out of order", { status: "reordered" }],
    ["No reports", { status: "lost" }],
  ]],
  ["What you send", [
    ["Twice at once", { status: "duplicate", on: "inbound" }],
    ["Lost", { status: "lost", on: "inbound" }],
    ["Forged copy first", { status: "forged", on: "inbound" }],
    ["Altered copy first", { status: "altered", on: "inbound" }],
    ["Files cannot be had", { status: 503, on: "media" }],
  ]],
  ["All of it", [["One in five, anything", { mixture: 0.2 }]]],
];

let shown = ""; // what the thread shows, so that nothing is drawn twice
let attached = []; // [{ name, type, data }]
const refused = new Map(); // sid of a text of ours → why Ava did not take it, as far as we were told

async function ask(path, method = "GET", body) {
  const answer = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? told.title ?? `HTTP status ${answer.status}`);
  return told;
}

const channel = () => document.querySelector("input[name=channel]:checked").value;
const number = () => byId("number").value.trim();
const address = () => (channel() === "whatsapp" ? `whatsapp:${number()}` : number());

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

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

/** What became of a text of ours: in words, and whether that is bad. */
function fateOf(m) {
  if (m.product_status === undefined) return ["sending", false];
  if (m.product_status >= 200 && m.product_status < 300) return ["taken by Ava", false];
  return [refused.get(m.sid) ?? (m.product_status ? `not taken (${m.product_status})` : "did not reach Ava"), true];
}

function entry(m) {
  const mine = m.direction === "inbound";
  const item = element("li", `message ${mine ? "mine" : "theirs"}`);
  item.append(...m.media.map(fileOf));
  if (m.body) item.append(element("div", "bubble", m.body));
  const meta = element("div", "meta");
  meta.append(new Date(m.created).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }), " · ");
  const [word, bad] = mine ? fateOf(m) : [statusWords[m.status] ?? m.status, /undelivered|failed/.test(m.status)];
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

function told(text, state = "") {
  byId("link").textContent = text;
  byId("link").dataset.state = state;
}

async function look() {
  const whose = address();
  try {
    const { messages } = await ask(`/sandbox/messages?limit=1000&with=${encodeURIComponent(whose)}`);
    if (whose === address()) draw(messages);
    if (byId("link").dataset.state === "lost") told("");
  } catch {
    told("The sandbox does not answer", "lost");
  }
}

// --- writing

async function send(text) {
  const files = attached;
  const message = { from: address(), body: text, media: files.map(({ type, data }) => ({ type, data })) };
  attached = [];
  drawFiles();
  const pending = ask("/sandbox/text", "POST", message);
  setTimeout(look, 60);
  try {
    const taken = await pending;
    if (taken.status < 200 || taken.status > 299) {
      refused.set(taken.message_sid, taken.error ?? `not taken (${taken.status})`);
    }
    told("");
  } catch (error) {
    attached = files;
    drawFiles();
    byId("text").value ||= text;
    told(error.message, "lost");
  }
  await look();
}

function drawFiles() {
  const list = byId("files");
  list.hidden = attached.length === 0;
  list.replaceChildren(...attached.map((file) => {
    const item = element("li");
    const button = element("button", "", `${file.name} ×`);
    button.type = "button";
    button.title = "Take away";
    button.addEventListener("click", () => {
      attached = attached.filter((f) => f !== file);
      drawFiles();
    });
    item.append(button);
    return item;
  }));
}

const base64Of = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});

async function attach(files) {
  for (const file of files) {
    if (file.size > fileMaxBytes || attached.length === 10) {
      told("At most 10 files of 16 MB", "lost");
      continue;
    }
    attached.push({ name: file.name, type: file.type || "application/octet-stream", data: await base64Of(file) });
  }
  drawFiles();
}

function grow() {
  const text = byId("text");
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + 2}px`;
}

// --- faults

/** The same fault as the sandbox lists it. */
function isOn(fault, listed) {
  if (fault.mixture) return listed.kind === "mixture";
  const kind = typeof fault.status === "number" ? "status" : fault.status;
  return listed.kind === kind && (listed.status ?? fault.status) === fault.status &&
    listed.on.includes(fault.on ?? "sends");
}

async function lookAtFaults() {
  const { faults: on, met, forged_taken: forged } = await ask("/sandbox/faults");
  for (const button of document.querySelectorAll("#faults button")) {
    button.ariaPressed = String(on.some((listed) => isOn(button.fault, listed)));
  }
  byId("end").disabled = on.length === 0;
  const counts = Object.entries(met).map(([kind, n]) => `${kind.replaceAll("_", " ")} ${n}`);
  byId("met").textContent = (counts.length ? `Met so far: ${counts.join(", ")}.` : "") +
    (forged ? ` Ava took ${forged} forged requests!` : "");
}

async function press(button) {
  const wasOn = button.ariaPressed === "true";
  if (!wasOn) {
    await ask("/sandbox/faults", "POST", button.fault);
  } else { // they end together; those that stay begin again
    const stay = [...document.querySelectorAll("#faults button[aria-pressed=true]")].filter((b) => b !== button);
    await ask("/sandbox/faults", "DELETE");
    for (const other of stay) await ask("/sandbox/faults", "POST", other.fault);
  }
  await lookAtFaults();
}

// --- the beginning

function buttons() {
  byId("tries").append(...tries.map((text) => {
    const button = element("button", "button", text);
    button.type = "button";
    button.addEventListener("click", () => send(text));
    return button;
  }));
  for (const [group, rows] of faults) {
    byId("faults").append(element("div", "fault-group", group));
    byId("faults").append(...rows.map(([name, fault]) => {
      const button = element("button", "button", name);
      button.type = "button";
      button.fault = fault;
      button.ariaPressed = "false";
      button.addEventListener("click", () => press(button).catch((error) => told(error.message, "lost")));
      return button;
    }));
  }
}

function begin(health) {
  byId("business").textContent = health.number;
  if (health.product_url) {
    byId("product").href = health.product_url;
    byId("product").hidden = false;
  }
  byId("numbers").append(...["+15550100042", "+15550100043", "+15550100044"].map((n) => new Option(n)));
  byId("number").value = localStorage.getItem("number") ?? "+15550100042";
  byId("number").addEventListener("change", () => {
    localStorage.setItem("number", number());
    look();
  });
  for (const choice of document.querySelectorAll("input[name=channel]")) {
    choice.addEventListener("change", () => {
      byId("channel-name").textContent = channel() === "whatsapp" ? "WhatsApp" : "Text message";
      look();
    });
  }
  byId("end").addEventListener("click", () => ask("/sandbox/faults", "DELETE").then(lookAtFaults));
  byId("file").addEventListener("change", () => attach(byId("file").files).then(() => (byId("file").value = "")));
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
    if (!text && attached.length === 0) return;
    byId("text").value = "";
    grow();
    send(text);
  });
}

buttons();
begin(await ask("/health"));
await Promise.all([look(), lookAtFaults()]);
setInterval(look, lookMs);
setInterval(() => lookAtFaults().catch(() => {}), 3 * lookMs);
byId("text").focus();
