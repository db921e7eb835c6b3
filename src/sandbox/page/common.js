// SPDX-License-Identifier: Apache-2.0
// What the telephone and the mailbox of the sandbox share: asking it, making elements, the files
// that go with a message, and the faults. What others wrote is only ever set as text.
export const byId = (id) => document.getElementById(id);

export async function ask(path, method = "GET", body) {
  const answer = await fetch(path, { method, body: body === undefined ? undefined : JSON.stringify(body) });
  const told = await answer.json();
  if (!answer.ok) throw new Error(told.detail ?? told.title ?? `HTTP status ${answer.status}`);
  return told;
}

export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Says it beside the name of the sandbox; state "lost" looks like an error. */
export function told(text, state = "") {
  byId("link").textContent = text;
  byId("link").dataset.state = state;
}

export function button(text, act) {
  const made = element("button", "button", text);
  made.type = "button";
  made.addEventListener("click", () => Promise.resolve(act()).catch((error) => told(error.message, "lost")));
  return made;
}

/** Shows what `fetchIt` gives, which throws when the sandbox is away. */
export async function lookWith(fetchIt) {
  try {
    await fetchIt();
    if (byId("link").dataset.state === "lost") told("");
  } catch {
    told("The sandbox does not answer", "lost");
  }
}

/** What became of a message of ours that is posted to Ava: in words, and whether that is bad. */
export function postedFate(status, refused) {
  if (status === undefined) return ["sending", false];
  if (status >= 200 && status < 300) return ["taken by Ava", false];
  return [refused ?? (status ? `not taken (${status})` : "did not reach Ava"), true];
}

// --- files

const base64Of = (file) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(file);
});

/** The files that wait to be sent: `list` of { name, type, data }, and `set` to put others in their place. */
export function attachments(most, megabytes) {
  const files = { list: [], set(list) { files.list = list; draw(); } };

  function draw() {
    byId("files").hidden = files.list.length === 0;
    byId("files").replaceChildren(...files.list.map((file) => {
      const item = element("li");
      const taken = button(`${file.name} ×`, () => files.set(files.list.filter((f) => f !== file)));
      taken.title = "Take away";
      item.append(taken);
      return item;
    }));
  }

  async function attach(chosen) {
    for (const file of chosen) {
      if (file.size > megabytes * 1024 * 1024 || files.list.length === most) {
        told(`At most ${most} files of ${megabytes} MB`, "lost");
        continue;
      }
      files.list.push({ name: file.name, type: file.type || "application/octet-stream", data: await base64Of(file) });
    }
    draw();
  }
  byId("file").addEventListener("change", () => attach(byId("file").files).then(() => (byId("file").value = "")));
  return files;
}

// --- faults

/** The same fault as the sandbox lists it. */
function isOn(fault, listed) {
  if ((fault.api === "mail") !== (listed.api === "mail")) return false;
  if (fault.mixture) return listed.kind === "mixture";
  const kind = typeof fault.status === "number" ? "status" : fault.status;
  return listed.kind === kind && (listed.status ?? fault.status) === fault.status &&
    listed.on.includes(fault.on ?? "sends");
}

export async function lookAtFaults() {
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

/** A button for each: groups of [name, [[name, fault], ...]]. */
export function faultButtons(groups) {
  for (const [group, rows] of groups) {
    byId("faults").append(element("div", "fault-group", group));
    byId("faults").append(...rows.map(([name, fault]) => {
      const made = button(name, () => press(made));
      made.fault = fault;
      made.ariaPressed = "false";
      return made;
    }));
  }
  byId("end").addEventListener("click", () => ask("/sandbox/faults", "DELETE").then(lookAtFaults));
}

/** The faults that both have: what the provider does with what Ava sends, and with what we send. */
export const sendFaults = [
  ["Turned away (429)", { status: 429, retry_after: 2 }],
  ["Server error (500)", { status: 500 }],
  ["Sent, but no answer", { status: "after_send_timeout", hang_ms: 15000 }],
  ["Slow (3 s)", { status: "slow", latency_ms: 3000 }],
];
export const reportFaults = [
  ["Reports twice", { status: "duplicate" }],
  ["Reports out of order", { status: "reordered" }],
  ["No reports", { status: "lost" }],
];
export const inboundFaults = [
  ["Twice at once", { status: "duplicate", on: "inbound" }],
  ["Lost", { status: "lost", on: "inbound" }],
  ["Forged copy first", { status: "forged", on: "inbound" }],
  ["Altered copy first", { status: "altered", on: "inbound" }],
];
export const allFaults = ["All of it", [["One in five, anything", { mixture: 0.2 }]]];

export function linkToProduct(health) {
  if (health.product_url) {
    byId("product").href = health.product_url;
    byId("product").hidden = false;
    for (const call of document.querySelectorAll("#browser-call")) {
      call.href = `${health.product_url}/call`;
      call.hidden = false;
    }
  }
}

/** Looks at once, and then again and again: what is shown changes after it came. */
export async function watch(look, everyMs) {
  await Promise.all([look(), lookAtFaults()]);
  setInterval(look, everyMs);
  setInterval(() => lookAtFaults().catch(() => {}), 3 * everyMs);
}
