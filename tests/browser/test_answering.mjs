// SPDX-License-Identifier: Apache-2.0
// Taking a conversation over, writing to the customer, and handing it back.
import assert from "node:assert/strict";
import { addConversation, addCustomer, addMessage, asProgram, startConversation, unique } from "./api.mjs";

let numbers = Math.floor(Date.now() / 1000) % 9_000_000;

async function customerWithNumber() {
  const phone = `+1555${String(++numbers).padStart(7, "0")}`;
  const customer = await addCustomer({ name: unique("Reply"), phone });
  const conversation = await addConversation({ channel: "sms", customer_id: customer.id });
  await addMessage(conversation.id, "inbound", "Is anybody there?");
  return { phone, conversation };
}

const answering = (page) => page.getByRole("form", { name: "Answer" });
const status = (page) => answering(page).getByRole("status");

async function open(page, base, conversation) {
  await page.goto(`${base}/?conversation=${conversation.id}`);
  await answering(page).waitFor();
}

async function reachedSandbox(to, body) {
  for (let i = 0; i < 100; i++) {
    const answer = await fetch(`${process.env.AVA_SANDBOX_URL}/sandbox/messages?limit=1000`);
    const { messages } = await answer.json();
    const found = messages.filter((m) => m.direction === "outbound" && m.to === to && m.body === body);
    if (found.length) return found.length;
    await new Promise((done) => setTimeout(done, 100));
  }
  return 0;
}

export const tests = {
  "answering: taken over, replied to, handed back": async ({ page, base }) => {
    const { phone, conversation } = await customerWithNumber();
    await open(page, base, conversation);
    await status(page).getByText("Ava answers").waitFor();
    await page.getByRole("button", { name: "Take over" }).click();
    await status(page).getByText("You answer until").waitFor();
    await page.getByRole("log").getByText("took the conversation over").waitFor();
    const words = unique("Here I am");
    await page.getByLabel("Reply to the customer").fill(words);
    await page.getByRole("button", { name: "Send" }).click();
    const bubble = page.getByRole("log").locator(".message").filter({ hasText: words });
    await bubble.getByText("Olive Owner", { exact: true }).waitFor();
    assert.equal(await page.getByLabel("Reply to the customer").inputValue(), "", "the box is empty again");
    assert.equal(await reachedSandbox(phone, words), 1, "the customer gets it once");
    await page.getByRole("button", { name: "Hand back" }).click();
    await status(page).getByText("Ava answers").waitFor();
    await page.getByRole("log").getByText("handed the conversation back").waitFor();
  },

  "answering: a reply takes it over, and Escape does not lose what was typed": async ({ page, base }) => {
    const { conversation } = await customerWithNumber();
    await open(page, base, conversation);
    const box = page.getByLabel("Reply to the customer");
    await box.fill("Just a moment");
    await box.press("Escape");
    assert.equal(await box.inputValue(), "Just a moment");
    await box.press("Control+Enter");
    await status(page).getByText("You answer until").waitFor();
    await page.waitForFunction((id) => !Object.keys(localStorage).some((k) => k.startsWith("ava.draft.") && k.endsWith(id)),
      conversation.id);
  },

  "answering: what somebody else has can only be looked at": async ({ page, base }) => {
    const { conversation } = await customerWithNumber();
    await open(page, base, conversation);
    await asProgram(`/api/admin/communications/${conversation.id}/take-over`, {});
    await status(page).getByText("t answers until").waitFor();
    assert.ok(await page.getByLabel("Reply to the customer").isDisabled());
    assert.equal(await page.getByRole("button", { name: "Hand back" }).count(), 0);
  },

  "answering: a refusal is said, and the words stay": async ({ page, base }) => {
    const { conversation } = await startConversation({ name: unique("No number") });
    await open(page, base, conversation);
    const box = page.getByLabel("Reply to the customer");
    await box.fill("Hello?");
    await page.getByRole("button", { name: "Send" }).click();
    await answering(page).getByRole("alert").getByText("the address is empty").waitFor();
    assert.equal(await box.inputValue(), "Hello?");
  },

  "answering: an open conversation of a call has no box": async ({ page, base }) => {
    const conversation = await addConversation({ channel: "voice" });
    await page.goto(`${base}/?conversation=${conversation.id}`);
    await page.getByRole("log").waitFor();
    assert.equal(await answering(page).count(), 0);
  },
};
