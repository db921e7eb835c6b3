// SPDX-License-Identifier: Apache-2.0
// How each channel's messages, and events, are shown in an open conversation.
import assert from "node:assert/strict";
import { addConversation, addDetails, addEvent, addMessage, startConversation, unique } from "./api.mjs";

const thread = (page) => page.getByRole("log");

async function open(page, base, conversation) {
  await page.goto(`${base}/?conversation=${conversation.id}`);
  await thread(page).waitFor();
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
};
