// SPDX-License-Identifier: Apache-2.0
// The mailbox of the sandbox's page. What others wrote is only ever set as text; HTML is shown in a
// frame that may do nothing.
import {
  allFaults, ask, attachments, button, byId, element, faultButtons, inboundFaults, linkToProduct, lookWith, postedFate,
  reportFaults, sendFaults, told, watch,
} from "./common.js";

const statusWords = { accepted: "on its way", processed: "on its way", deferred: "delayed", spamreport: "reported as spam" };
const acts = [["Open", "open"], ["Click", "click"], ["Unsubscribe", "unsubscribe"], ["Report as spam", "spamreport"]];
const faults = [
  ["What Ava sends", [
    ...sendFaults, ["Bounces", { status: "undelivered" }], ...reportFaults, ["Forged reports first", { status: "forged" }],
  ]],
  ["What you send", inboundFaults],
  allFaults,
].map(([group, rows]) => [group, rows.map(([name, fault]) => [name, { ...fault, api: "mail" }])]);

let shown = "";
const attached = attachments(20, 20);
let answering = null; // the e-mail that is answered, or none
const open = new Set(); // which details are open, by seq and name
const refused = new Map(); // seq of an e-mail of ours → why Ava did not take it

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
  return postedFate(mail.product_status, refused.get(mail.seq));
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

const look = () => lookWith(async () => {
  const whose = addressOf(from());
  const { mails } = await ask(`/sandbox/mail?limit=1000&with=${encodeURIComponent(whose)}`);
  if (whose === addressOf(from())) draw(mails);
});

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
    files: attached.list,
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
    attached.set([]);
    answer(null);
    told("");
  } catch (error) {
    told(error.message, "lost");
  }
  await look();
}

// --- the beginning

faultButtons(faults);
const health = await ask("/health");
byId("business").textContent = health.mail_address;
linkToProduct(health);
byId("from").value = localStorage.getItem("from") ?? "Ann Miller <ann@example.com>";
byId("from").addEventListener("change", () => {
  localStorage.setItem("from", from());
  look();
});
byId("anew").addEventListener("click", () => answer(null));
byId("write").addEventListener("submit", (event) => {
  event.preventDefault();
  send();
});
await watch(look, 900);
