// SPDX-License-Identifier: Apache-2.0
// The mailbox of the sandbox's page. What others wrote is only ever set as text; HTML is shown in a
// frame that may do nothing.
const lookMs = 900;
const fileMaxBytes = 20 * 1024 * 1024;
const byId = (id) => document.getElementById(id);
const statusWords = { accepted: "on its way", processed: "on its way", deferred: "delayed", spamreport: "reported as spam" };
const acts = [["Open", "open"], ["Click", "click"], ["Unsubscribe", "unsubscribe"], ["Report as spam", "spamreport"]];
const faults = [
  ["What Ava sends", [
    ["Turned away (429)", { status: 429, retry_after: 2 }],
    ["Server error (500)", { status: 500 }],
    ["Sent, but no answer", { status: "after_send_timeout", hang_ms: 15000 }],
    ["Slow (3 s)", { status: "slow", latency_ms: 3000 }],
    ["Bounces", { status: "undelivered" }],
    ["Reports twice", { status: "duplicate" }],
    ["Reports out of order", { status: "reordered" }],
    ["No reports", { status: "lost" }],
    ["Forged reports first", { status: "forged" }],
  ]],
  ["What you send", [
    ["Twice at once", { status: "duplicate", on: "inbound" }],
    ["Lost", { status: "lost", on: "inbound" }],
    ["Forged copy first", { status: "forged", on: "inbound" }],
    ["Altered copy first", { status: "altered", on: "inbound" }],
  ]],
  ["All of it", [["One in five, anything", { mixture: 0.2 }]]],
].map(([group, rows]) => [group, rows.map(([name, fault]) => [name, { ...fault, api: "mail" }])]);

let shown = "";
let attached = []; // [{ name, type, data }]
let answering = null; // the e-mail that is answered, or none
const open = new Set(); // which details are open, by seq and name
const refused = new Map(); // seq of an e-mail of ours → why Ava did not take it

async function ask(path, method = "GET", body) {
  const answer = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? told.title ?? `HTTP status ${answer.status}`);
  return told;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function button(text, act) {
  const made = element("button", "button", text);
  made.type = "button";
  made.addEventListener("click", () => Promise.resolve(act()).catch((error) => told(error.message, "lost")));
  return made;
}

function told(text, state = "") {
  byId("link").textContent = text;
  byId("link").dataset.state = state;
}

const from = () => byId("from").value.trim();
const addressOf = (text) => /<([^>]*)>/.exec(text)?.[1] ?? text;

// --- the mailbox

/** What is shown when it is opened; made only then. */
function folded(mail, name, make) {
  const key = `${mail.seq} ${name}`;
  const made = element("details");
  made.append(element("summary", "", name));
  made.addEventListener("toggle", () => {
    if (made.open) open.add(key);
    else open.delete(key);
    if (made.open && made.childElementCount === 1) made.append(make());
  });
  made.open = open.has(key);
  return made;
}

function fateOf(mail) {
  if (mail.direction === "outbound") {
    return [mail.events.length ? mail.events.join(", ") : (statusWords[mail.status] ?? mail.status),
      /bounce|dropped|spam/.test(mail.status)];
  }
  if (mail.way === "imap") return [mail.seen ? "fetched by Ava" : "in the mailbox", false];
  if (mail.product_status === undefined) return ["sending", false];
  if (mail.product_status >= 200 && mail.product_status < 300) return ["taken by Ava", false];
  return [refused.get(mail.seq) ?? (mail.product_status ? `not taken (${mail.product_status})` : "did not reach Ava"), true];
}

function frameOf(html) {
  const made = element("iframe");
  made.sandbox = "";
  made.title = "The e-mail's HTML";
  made.srcdoc = html;
  return made;
}

function headersOf(mail) {
  const lines = [["Message-ID", mail.message_id], ["In-Reply-To", mail.in_reply_to],
    ["References", mail.references.join(" ")], ["Reply-To", mail.reply_to]]
    .filter(([, value]) => value).map(([name, value]) => `${name}: ${value}`);
  const own = mail.headers.filter((line) => !/^(message-id|in-reply-to|references):/i.test(line));
  return element("pre", "", [...lines, ...own].join("\n"));
}

function entry(mail) {
  const theirs = mail.direction === "outbound";
  const item = element("li", `letter ${theirs ? "of-ava" : "of-me"}`);
  const head = element("div", "letter-head");
  const [word, bad] = fateOf(mail);
  head.append(element("strong", "", mail.subject || "(no subject)"),
    element("span", bad ? "meta bad" : "meta", `${mail.way} · ${word}`));
  const name = mail.from_name ? `${mail.from_name} <${mail.from}>` : mail.from;
  const when = new Date(mail.created).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  item.append(head, element("div", "letter-people", `${name} to ${mail.to} · ${when}`));
  item.append(element("div", "letter-text", mail.new_text));
  if (mail.text !== mail.new_text) item.append(folded(mail, "All of it", () => element("pre", "", mail.text)));
  if (mail.html) item.append(folded(mail, "HTML", () => frameOf(mail.html)));
  item.append(folded(mail, "Headers", () => headersOf(mail)));
  const below = element("div", "letter-acts");
  below.append(...mail.files.map((file) => {
    const link = element("a", "file", `${file.name || "file"} (${Math.ceil(file.size / 1024)} KB)`);
    link.href = file.path;
    link.download = file.name;
    return link;
  }));
  if (theirs) below.append(button("Reply", () => answer(mail)));
  if (mail.way === "sendgrid") {
    below.append(...acts.map(([text, event]) => button(text, () => ask("/sandbox/mail/event", "POST", { seq: mail.seq, event }).then(look))));
  }
  item.append(below);
  return item;
}

function draw(mails) {
  const state = JSON.stringify([mails, [...refused]]);
  if (state === shown) return;
  shown = state;
  byId("thread").replaceChildren(
    ...(mails.length ? mails.map(entry).reverse() : [element("li", "empty", "No e-mails yet. Write one to Ava.")]));
}

async function look() {
  const whose = addressOf(from());
  try {
    const { mails } = await ask(`/sandbox/mail?limit=1000&with=${encodeURIComponent(whose)}`);
    if (whose === addressOf(from())) draw(mails);
    if (byId("link").dataset.state === "lost") told("");
  } catch {
    told("The sandbox does not answer", "lost");
  }
}

// --- writing

function answer(mail) {
  answering = mail;
  byId("write-head").textContent = mail ? "Reply" : "Write";
  byId("anew").hidden = !mail;
  if (mail) byId("subject").value = /^re:/i.test(mail.subject) ? mail.subject : `Re: ${mail.subject}`;
  else byId("subject").value = "";
  byId("text").focus();
}

async function send() {
  const letter = {
    from: from(),
    subject: byId("subject").value,
    text: byId("text").value,
    files: attached,
    by: document.querySelector("input[name=way]:checked").value,
    ...(answering ? { in_reply_to: answering.message_id } : {}),
  };
  try {
    const pending = ask("/sandbox/mail", "POST", letter);
    setTimeout(look, 60);
    const taken = await pending;
    if (letter.by !== "imap" && (taken.status < 200 || taken.status > 299)) {
      refused.set(taken.seq, taken.error ?? `not taken (${taken.status})`);
    }
    byId("text").value = "";
    attached = [];
    drawFiles();
    answer(null);
    told("");
  } catch (error) {
    told(error.message, "lost");
  }
  await look();
}

function drawFiles() {
  byId("files").hidden = attached.length === 0;
  byId("files").replaceChildren(...attached.map((file) => {
    const item = element("li");
    const taken = button(`${file.name} ×`, () => {
      attached = attached.filter((f) => f !== file);
      drawFiles();
    });
    taken.title = "Take away";
    item.append(taken);
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
    if (file.size > fileMaxBytes || attached.length === 20) {
      told("At most 20 files of 20 MB", "lost");
      continue;
    }
    attached.push({ name: file.name, type: file.type || "application/octet-stream", data: await base64Of(file) });
  }
  drawFiles();
}

// --- faults

/** The same fault as the sandbox lists it. */
function isOn(fault, listed) {
  if (listed.api !== "mail") return false;
  if (fault.mixture) return listed.kind === "mixture";
  const kind = typeof fault.status === "number" ? "status" : fault.status;
  return listed.kind === kind && (listed.status ?? fault.status) === fault.status &&
    listed.on.includes(fault.on ?? "sends");
}

async function lookAtFaults() {
  const { faults: on, met, forged_taken: forged } = await ask("/sandbox/faults");
  for (const one of document.querySelectorAll("#faults button")) {
    one.ariaPressed = String(on.some((listed) => isOn(one.fault, listed)));
  }
  byId("end").disabled = on.length === 0;
  const counts = Object.entries(met).map(([kind, n]) => `${kind.replaceAll("_", " ")} ${n}`);
  byId("met").textContent = (counts.length ? `Met so far: ${counts.join(", ")}.` : "") +
    (forged ? ` Ava took ${forged} forged requests!` : "");
}

async function press(one) {
  if (one.ariaPressed !== "true") {
    await ask("/sandbox/faults", "POST", one.fault);
  } else { // they end together; those that stay begin again
    const stay = [...document.querySelectorAll("#faults button[aria-pressed=true]")].filter((b) => b !== one);
    await ask("/sandbox/faults", "DELETE");
    for (const other of stay) await ask("/sandbox/faults", "POST", other.fault);
  }
  await lookAtFaults();
}

// --- the beginning

for (const [group, rows] of faults) {
  byId("faults").append(element("div", "fault-group", group));
  byId("faults").append(...rows.map(([name, fault]) => {
    const made = button(name, () => press(made));
    made.fault = fault;
    made.ariaPressed = "false";
    return made;
  }));
}
const health = await ask("/health");
byId("business").textContent = health.mail_address;
if (health.product_url) {
  byId("product").href = health.product_url;
  byId("product").hidden = false;
}
byId("from").value = localStorage.getItem("from") ?? "Ann Miller <ann@example.com>";
byId("from").addEventListener("change", () => {
  localStorage.setItem("from", from());
  look();
});
byId("anew").addEventListener("click", () => answer(null));
byId("end").addEventListener("click", () => ask("/sandbox/faults", "DELETE").then(lookAtFaults));
byId("file").addEventListener("change", () => attach(byId("file").files).then(() => (byId("file").value = "")));
byId("write").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
await Promise.all([look(), lookAtFaults()]);
setInterval(look, lookMs);
setInterval(() => lookAtFaults().catch(() => {}), 3 * lookMs);
