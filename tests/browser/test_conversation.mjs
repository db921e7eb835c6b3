// SPDX-License-Identifier: Apache-2.0
// How each channel's messages, and events, are shown in an open conversation.
import assert from "node:assert/strict";
import { addConversation, addCustomer, addDetails, addEvent, addMessage, startConversation, unique, uniquePhone } from "./api.mjs";

const thread = (page) => page.getByRole("log");

async function open(page, base, conversation) {
  await page.goto(`${base}/?conversation=${conversation.id}`);
  await thread(page).waitFor();
}

/** A recording as the server keeps one, but as WAV: the caller on the left, then Ava on the right. */
function wav(seconds, rate = 8000) {
  const n = seconds * rate;
  const bytes = Buffer.alloc(44 + n * 4);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + n * 4, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(2, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 4, 28);
  bytes.writeUInt16LE(4, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(n * 4, 40);
  for (let i = 0; i < n; i++) bytes.writeInt16LE(Math.round(9000 * Math.sin(i / 3) * Math.abs(Math.sin(i / 2000))), 44 + i * 4 + (i < n / 2 ? 0 : 2));
  return bytes;
}

/** A call of which the server has a recording, as far as the page can tell. */
export async function recordedCall(page, seconds = 60) {
  const conversation = await addConversation({ channel: "voice", subject: unique("Recorded") });
  const message = await addMessage(conversation.id, "inbound", "Customer: Hello\nAva: Good day");
  await addDetails(message.id, "voice", {
    duration_seconds: seconds,
    transcript_segments: [
      { speaker: "assistant", text: "Good day, this is Ava.", timestamp: 1 },
      { speaker: "customer", text: "Have you anything free on Friday?", timestamp: 20, interrupted: true },
      { speaker: "assistant", text: "At ten, or at four.", timestamp: 40 },
    ],
    function_calls: [{ name: "check_availability", args: { day: "Friday" }, result: {}, timestamp: 30 }],
    interruption_count: 1,
  });
  const id = "01900000-0000-7000-8000-00000000aaaa";
  const body = wav(seconds);
  const file = { id, position: 0, state: "stored", declared_type: "audio/wav", content_type: "audio/wav", size_bytes: body.length,
                 sha256: null, filename: "call.wav", reason: null, url: `/api/admin/attachments/${id}` };
  await page.route(`**/api/admin/communications/${conversation.id}`, async (route) => {
    const answer = await route.fetch();
    const detail = await answer.json();
    detail.messages[0].attachments = [file];
    return route.fulfill({ response: answer, json: detail });
  });
  await page.route(`**${file.url}`, (route) => route.fulfill({ contentType: "audio/wav", body }));
  return conversation;
}

export const tests = {
  "a call is shown as its turns, with its length": async ({ page, base }) => {
    const conversation = await addConversation({ channel: "voice", subject: unique("Call") });
    const message = await addMessage(conversation.id, "inbound", "Customer: A table?\nAva: Rather a facial?");
    await addDetails(message.id, "voice", {
      duration_seconds: 75,
      recording_url: "javascript:alert(1)",
      transcript_segments: [
        { speaker: "customer", text: "Have you anything free on Friday?", timestamp: 3 },
        { speaker: "assistant", text: "At ten, or at four.", timestamp: 61 },
      ],
      function_calls: [{ name: "check_availability", args: {}, result: {}, timestamp: 5 }],
      interruption_count: 1,
    });
    await open(page, base, conversation);
    const call = page.getByRole("article", { name: "Call" });
    await call.getByText("1 min 15 s").waitFor();
    await call.getByText("1 interruption", { exact: true }).waitFor();
    const turns = await call.locator(".turns .turn").allInnerTexts();
    assert.deepEqual(turns.map((t) => t.split(/\s*\n\s*/)), [
      ["Caller", "0:03", "Have you anything free on Friday?"],
      ["Ava", "1:01", "At ten, or at four."],
    ]);
    const lines = await call.locator(".turns > li").allInnerTexts();
    assert.match(lines[1], /check availability/, "what was run stands where it was run");
    assert.equal(await call.locator("a").count(), 0, "a recording is linked only at a web address");
  },

  "a recorded call is played, its turns follow, and each can be gone to": async ({ page, base }) => {
    const conversation = await recordedCall(page);
    await open(page, base, conversation);
    const call = page.getByRole("article", { name: "Call" });
    const place = call.getByRole("slider", { name: "Place in the recording" });
    await call.locator("svg path").first().waitFor();
    assert.equal(await place.getAttribute("aria-valuemax"), "60");
    await call.getByRole("button", { name: "Play from 0:40" }).click();
    const said = call.locator("[aria-current]");
    await said.getByText("At ten, or at four.").waitFor();
    await call.getByRole("button", { name: "Pause the recording" }).waitFor();
    await page.getByRole("log").focus();
    await page.keyboard.press("p");
    await call.getByRole("button", { name: "Play the recording" }).waitFor();
    await place.focus();
    for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowLeft");
    await said.getByText("Have you anything free on Friday?").waitFor();
    assert.match(await place.getAttribute("aria-valuetext"), /^0:2\d of 1:00$/);
    await page.keyboard.press("Home");
    assert.equal(await place.getAttribute("aria-valuenow"), "0");
    const { x, y, width, height } = await place.boundingBox();
    await page.mouse.click(x + width / 2, y + height / 2);
    assert.equal(await place.getAttribute("aria-valuenow"), "30");
    await call.getByRole("button", { name: "Speed: 1 times" }).click();
    await call.getByRole("button", { name: "Speed: 1.25 times" }).waitFor();
  },

  "a call without segments is read from its text": async ({ page, base }) => {
    const conversation = await addConversation({ channel: "voice", subject: unique("Call") });
    await addMessage(conversation.id, "inbound", "Customer: Hello?\nAre you there?\nAva: I am.");
    await open(page, base, conversation);
    const turns = await page.locator(".turns .turn").allInnerTexts();
    assert.deepEqual(turns.map((t) => t.split(/\s*\n\s*/)), [["Caller", "Hello?", "Are you there?"], ["Ava", "I am."]]);
  },

  "a text that did not arrive says why": async ({ page, base }) => {
    const { conversation } = await startConversation({ name: unique("Landline") });
    const sent = { from_number: "+15550100000", to_number: "+15550100001" };
    const good = await addMessage(conversation.id, "outbound", "The first");
    await addDetails(good.id, "sms", { ...sent, provider_message_id: unique("SM"), delivery_status: "delivered" });
    const bad = await addMessage(conversation.id, "outbound", "The second");
    await addDetails(bad.id, "sms",
      { ...sent, provider_message_id: unique("SM"), delivery_status: "undelivered", error_code: "30006" });
    await open(page, base, conversation);
    const of = (words) => thread(page).locator(".message").filter({ hasText: words });
    await of("The first").getByText("Delivered", { exact: true }).waitFor();
    await of("The second").getByText("Not delivered: a landline").waitFor();
  },

  "an e-mail shows its subject and text, and never its HTML": async ({ page, base }) => {
    const { conversation } = await startConversation({ name: unique("Writer"), channel: "email" });
    const message = await addMessage(conversation.id, "inbound", "Dear Ava,\n\nis Monday free?");
    await addDetails(message.id, "email", {
      subject: "Monday?",
      body_text: "Dear Ava,\n\nis Monday free?",
      body_html: "<p>Dear Ava</p><script>window.broken=1</script>",
      from_address: "writer@example.com",
      to_address: "desk@example.com",
      attachments: [{ filename: "plan.pdf", content_type: "application/pdf", size: 1234567, url: "x" }],
    });
    await open(page, base, conversation);
    await thread(page).getByRole("heading", { name: "Monday?" }).waitFor();
    await thread(page).getByText("writer@example.com to desk@example.com").waitFor();
    await thread(page).getByText("plan.pdf").waitFor();
    await thread(page).getByText("1.2 MB").waitFor();
    assert.equal(await page.evaluate(() => window.broken), undefined);
  },

  "a hostile e-mail as it was designed does nothing, and loads pictures only when asked": async ({ page, base, allow }) => {
    allow(/Blocked script execution|violates the following Content Security Policy directive/); // which is what is wanted
    const { conversation } = await startConversation({ name: unique("Hostile"), channel: "email" });
    const message = await addMessage(conversation.id, "inbound", "See the other part\n\n> quoted words");
    const pixel = "http://tracker.example/pixel.png";
    await addDetails(message.id, "email", {
      subject: "<b>x</b>", body_text: "x", from_address: "a@example.com", to_address: "b@example.com",
      body_html: `<style>body{background:url(${pixel}?style)}</style><p style="color:rgb(1, 2, 3)">Hello</p>
        <img src="${pixel}" onerror="parent.broken=1"><script>parent.broken=1</script><svg onload="parent.broken=1"></svg>
        <form action="http://tracker.example/f"><input name="password"><button>Sign in</button></form>
        <a href="javascript:parent.broken=1">go</a><a href="https://example.com/">a link</a>
        <iframe src="http://tracker.example/i"></iframe><base href="http://tracker.example/"><meta http-equiv="refresh" content="0;url=http://tracker.example/">`,
    });
    const asked = [];
    await page.route("http://tracker.example/**", (route) => {
      asked.push(route.request().url());
      return route.fulfill({ status: 204 });
    });
    await open(page, base, conversation);
    await thread(page).getByRole("button", { name: "Show what was quoted" }).click();
    await thread(page).getByText("> quoted words").waitFor();
    await page.getByRole("button", { name: "As it was designed" }).click();
    const mail = page.frameLocator("iframe");
    await mail.getByText("Hello").waitFor();
    assert.equal(await mail.getByText("Hello").evaluate((p) => getComputedStyle(p).color), "rgb(1, 2, 3)", "styles are kept");
    await page.getByText("Pictures from elsewhere are not loaded").waitFor();
    assert.equal(await mail.locator("script, form, input, button, iframe, base, meta[http-equiv=refresh], [onerror], [href^=javascript]").count(), 0);
    assert.equal(await mail.getByText("a link").getAttribute("rel"), "noopener noreferrer nofollow");
    await page.waitForTimeout(300);
    assert.deepEqual(asked, [], "nothing was asked for");
    const loaded = page.waitForRequest(pixel);
    await page.getByRole("button", { name: "Load pictures" }).click();
    await loaded;
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(page.url(), `${base}/inbox/${conversation.id}`);
  },

  "events stand between the messages, in order and in words": async ({ page, base }) => {
    const { conversation } = await startConversation({ name: unique("Events"), says: "I would like a person" });
    await addEvent(conversation.id, "escalation_requested", { reason: "asked for a person" });
    await addEvent(conversation.id, "an_event_of_our_own", { colour: "green" });
    await addMessage(conversation.id, "outbound", "Somebody is coming");
    await open(page, base, conversation);
    await thread(page).getByText("Somebody is coming").waitFor();
    const entries = (await thread(page).locator(".message, .event").allInnerTexts()).join("\n");
    const order = ["I would like a person", "A person should look: asked for a person",
                   "An event of our own: colour green", "Somebody is coming"].map((w) => entries.indexOf(w));
    assert.ok(order.every((at) => at >= 0), `all are there: ${entries}`);
    assert.deepEqual(order, [...order].sort((a, b) => a - b));
  },

  "a note stands in the thread, is taken away and put back": async ({ page, base }) => {
    const { conversation } = await startConversation({ name: unique("Noted") });
    await open(page, base, conversation);
    await page.keyboard.press("n");
    const words = unique("Only for us");
    await page.getByLabel("Note for the staff").fill(words);
    await page.keyboard.press("Control+Enter");
    const note = thread(page).locator(".note").filter({ hasText: words });
    await note.getByText("Note by Olive Owner").waitFor();
    await note.getByRole("button", { name: "Take the note away" }).click();
    await note.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await note.waitFor();
  },

  "assigned, put off and tagged in the head, and the row says so": async ({ page, base }) => {
    const name = unique("Worked on");
    const tag = unique("Tag");
    const { conversation } = await startConversation({ name });
    await open(page, base, conversation);
    const row = page.locator(".rows .row").filter({ hasText: name });
    await page.keyboard.press("i");
    await row.getByText("Assigned to Olive Owner").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Put off" }).click();
    await page.getByRole("menuitem", { name: "Tomorrow morning" }).click();
    await thread(page).getByText("put it off until").waitFor();
    await page.getByRole("button", { name: "More to do" }).click();
    await page.getByRole("menuitem", { name: "New tag…" }).click();
    await page.getByLabel("Name", { exact: true }).fill(tag);
    await page.getByRole("button", { name: "Make the tag" }).click();
    await page.locator(".conversation header").getByText(tag).waitFor();
    await row.getByText(tag).waitFor();
  },

  "a draft is there after a reload": async ({ page, base }) => {
    const { conversation } = await startConversation({ name: unique("Drafted") });
    await open(page, base, conversation);
    const box = page.getByLabel("Reply to the customer");
    await box.fill("Half a sent");
    await page.reload();
    await thread(page).waitFor();
    assert.equal(await box.inputValue(), "Half a sent");
  },

  "files are chosen, pasted and dropped, kept with the draft, and go along once": async ({ page, base }) => {
    const customer = await addCustomer({ name: unique("Pictured"), phone: uniquePhone() });
    const conversation = await addConversation({ channel: "sms", customer_id: customer.id });
    await addMessage(conversation.id, "inbound", "What does it look like?");
    await open(page, base, conversation);
    const list = page.getByRole("list", { name: "Files that go along" });
    const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M/wHwAEBgIApD5fRAAAAABJRU5ErkJggg==", "base64");
    await page.getByLabel("Attach files").first().setInputFiles({ name: "before.png", mimeType: "image/png", buffer: png });
    await list.locator("[data-ready]").getByText("before.png").waitFor();
    const give = (how, name, type) => page.getByLabel("Reply to the customer").evaluate((box, [how, name, type, base64]) => {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], name, { type }));
      const event = how === "paste" ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
        : new DragEvent(how, { dataTransfer: transfer, bubbles: true });
      box.dispatchEvent(event);
    }, [how, name, type, png.toString("base64")]);
    await give("paste", "after.png", "image/png");
    await list.locator("[data-ready]").getByText("after.png").waitFor();
    await give("dragenter", "x.zip", "application/zip");
    await page.getByText("Drop the files to attach them").waitFor();
    await give("drop", "x.zip", "application/zip");
    await page.getByText("x.zip cannot be sent here").waitFor();
    await page.reload();
    await list.locator("[data-ready]").getByText("after.png").waitFor();
    await list.getByRole("button", { name: "Do not send before.png" }).click();
    await list.getByText("before.png").waitFor({ state: "detached" });
    await page.getByLabel("Reply to the customer").focus();
    await page.keyboard.press("Control+Enter");
    const sent = thread(page).locator(".message[data-direction=outbound] img[alt='after.png']");
    await sent.waitFor();
    await page.waitForFunction((img) => img.naturalWidth === 1, await sent.elementHandle());
    await list.waitFor({ state: "detached" });
  },

  "beside it stands the customer, with what was before": async ({ page, base }) => {
    await page.setViewportSize({ width: 1440, height: 900 });
    const name = unique("Known");
    const { customer, conversation } = await startConversation({ name, subject: "The second time" });
    await addConversation({ channel: "voice", customer_id: customer.id, subject: "The first time" });
    await open(page, base, conversation);
    const side = page.getByRole("complementary", { name: "Customer" });
    await side.getByText(name).waitFor();
    await side.getByText("Coming appointments").waitFor();
    await side.getByRole("link", { name: "The first time" }).click();
    await page.getByRole("heading", { name }).waitFor();
    await page.locator(".conversation header").getByText("The first time").waitFor();
    await side.getByRole("button", { name: "Hide the customer" }).click();
    assert.equal(await side.count(), 0);
  },
};
