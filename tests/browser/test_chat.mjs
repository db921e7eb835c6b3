// SPDX-License-Identifier: Apache-2.0
// The web chat on a page of another origin: the sandbox's stand-in for a business's site, whose
// Content-Security-Policy is strict and whose style sheet is careless.
import assert from "node:assert/strict";
import { asProgram } from "./api.mjs";

const site = `${process.env.AVA_SANDBOX_URL}/site`;
const admin = "/api/admin/communications";

async function openChat(page, at = site) {
  await page.goto(at);
  await page.getByRole("button", { name: "Chat with us" }).click();
  await page.getByRole("dialog", { name: "Chat" }).waitFor();
}

async function write(page, text) {
  await page.getByRole("textbox", { name: "Write a message" }).fill(text);
  await page.getByRole("textbox", { name: "Write a message" }).press("Enter");
}

const answers = (page) => page.locator("li.assistant");
const theirs = (page) => page.locator("li.person");
const mine = (page) => page.locator("li.visitor");

/** What the page has stored, by any means. */
async function stored(page, context) {
  const kept = await page.evaluate(async () => ({
    local: { ...localStorage },
    session: { ...sessionStorage },
    databases: (await indexedDB.databases()).length,
  }));
  return { ...kept, cookies: await context.cookies() };
}
const nothing = { local: {}, session: {}, databases: 0, cookies: [] };

/** The newest conversation by web chat. */
async function newest() {
  const answer = await fetch(`${process.env.AVA_URL}${admin}?channel=web`, {
    headers: { Authorization: `Bearer ${process.env.AVA_TOKEN}` },
  });
  return (await answer.json()).conversations[0].id;
}

export const tests = {
  "signed out: a visitor of another site chats, and nothing is stored": async ({ page, context }) => {
    await openChat(page);
    assert.equal(await page.evaluate(() => location.origin === new URL(document.querySelector("script").src).origin), false);
    await write(page, "What are your opening hours?");
    await answers(page).waitFor();
    assert.equal(await mine(page).count(), 1);
    assert.equal(await mine(page).getAttribute("class"), "visitor");
    assert.deepEqual(await stored(page, context), nothing);
    const border = await page.getByRole("button", { name: "Send", exact: true }).evaluate((b) => getComputedStyle(b).borderStyle);
    assert.notEqual(border, "dotted", "the site's styles do not reach the chat");
    await page.reload();
    await page.getByRole("button", { name: "Chat with us" }).click();
    assert.equal(await mine(page).count(), 0, "without consent another page knows nothing of it");
  },

  "signed out: with the visitor's consent the chat is there again": async ({ page, context }) => {
    await openChat(page);
    await write(page, "Do you have parking?");
    await answers(page).waitFor();
    await page.getByRole("button", { name: "Keep it on this device" }).click();
    const kept = await stored(page, context);
    assert.deepEqual(Object.keys(kept.local), ["ava-chat"]);
    assert.deepEqual({ ...kept, local: {} }, nothing);
    await openChat(page, `${site}/prices`);
    await answers(page).waitFor();
    assert.equal(await mine(page).innerText(), "Do you have parking?");
    await page.getByRole("button", { name: "Forget it" }).click();
    assert.deepEqual(await stored(page, context), nothing);
  },

  "signed out: what was written without a connection is sent once when there is one": async ({ page, context }) => {
    await openChat(page);
    await write(page, "hello");
    await answers(page).waitFor();
    await context.setOffline(true);
    await write(page, "how much is a facial?");
    await write(page, "and how long does it take?");
    await page.getByText("No connection").waitFor();
    assert.equal(await page.locator("li.waiting").count(), 2);
    await context.setOffline(false);
    await page.waitForFunction(() => !document.querySelector("#ava-chat").shadowRoot.querySelector("li.waiting"));
    await page.waitForFunction(() => document.querySelector("#ava-chat").shadowRoot.querySelectorAll("li.assistant").length >= 2);
    assert.deepEqual(await mine(page).allInnerTexts(), ["hello", "how much is a facial?", "and how long does it take?"]);
    const shown = await (await fetch(`${process.env.AVA_URL}${admin}/${await newest()}`, {
      headers: { Authorization: `Bearer ${process.env.AVA_TOKEN}` },
    })).json();
    assert.equal(shown.messages.filter((m) => m.direction === "inbound").length, 3);
  },

  "signed out: an answer that got lost is asked for again": async ({ page }) => {
    let cut = 0;
    await page.route("**/api/chat/messages", async (route) => {
      if (route.request().method() !== "POST" || cut++ > 1) return route.continue();
      await route.fetch(); // the server takes it, and the answer never arrives
      return route.abort();
    });
    await openChat(page);
    await write(page, "are you open on sundays?");
    await answers(page).first().waitFor();
    await page.waitForFunction(() => !document.querySelector("#ava-chat").shadowRoot.querySelector("li.waiting"));
    assert.equal(await mine(page).count(), 1);
    assert.equal(await answers(page).count(), 1);
  },

  "signed out: without sockets it asks": async ({ page }) => {
    await page.routeWebSocket("**/ws/chat", (ws) => ws.close());
    await openChat(page);
    await write(page, "hello");
    await answers(page).waitFor();
  },

  "staff answer a visitor live": async ({ page, context, base }) => {
    const visitor = await context.newPage();
    await openChat(visitor);
    await write(visitor, "Could I talk to a real person?");
    await answers(visitor).waitFor();
    await visitor.getByText("A member of our team will answer.").waitFor();
    await page.goto(base);
    await page.locator(".rows .row").filter({ hasText: "Unknown visitor" }).first().click();
    await page.getByRole("log").getByText("Could I talk to a real person?").waitFor();
    await asProgram(`${admin}/${await newest()}/reply`, { content: "Hello, Dana here. https://example.com/menu" });
    await theirs(visitor).getByText("Hello, Dana here.").waitFor();
    assert.equal(await theirs(visitor).getByRole("link").getAttribute("rel"), "noopener noreferrer nofollow");
    await visitor.getByText("A member of our team is answering.").waitFor();
    await page.getByRole("log").getByText("Hello, Dana here.").waitFor();
    await write(visitor, "<img src=x onerror=alert(1)> thank you");
    await page.getByRole("log").getByText("<img src=x onerror=alert(1)> thank you").waitFor();
  },

  "signed out: whoever leaves goes on by text": async ({ page }) => {
    await openChat(page);
    await write(page, "I need to speak with somebody about my treatment");
    await answers(page).first().waitFor();
    await page.getByText("Shall we answer you elsewhere?").waitFor();
    await page.getByLabel("Your mobile number").fill("12");
    await page.getByRole("button", { name: "Go on there" }).click();
    await page.locator(".move .why").waitFor();
    const number = `+1202555${String(1000 + (Date.now() % 9000))}`;
    await page.getByLabel("Your mobile number").fill(number);
    await page.getByRole("button", { name: "Go on there" }).click();
    await page.getByText(`We go on at ${number}.`).waitFor();
    const texts = `${process.env.AVA_SANDBOX_URL}/sandbox/messages?with=${encodeURIComponent(number)}`;
    while ((await (await fetch(texts)).json()).messages.length === 0) await page.waitForTimeout(50);
    assert.match((await (await fetch(texts)).json()).messages[0].body, /go on with our chat by text/);
  },

  "signed out: the chat is ended and begins anew": async ({ page }) => {
    await openChat(page);
    await write(page, "hello");
    await answers(page).waitFor();
    await page.getByRole("button", { name: "End the chat" }).click();
    await page.waitForFunction(() => !document.querySelector("#ava-chat").shadowRoot.querySelector("li.visitor"));
    await write(page, "hello again");
    await answers(page).waitFor();
    assert.deepEqual(await mine(page).allInnerTexts(), ["hello again"]);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Chat with us" }).waitFor();
  },

  "signed out: the chat of another site is refused": async ({ page }) => {
    await openChat(page, site.replace("127.0.0.1", "localhost")); // which chat_origins does not name
    await write(page, "is anybody there?");
    await page.getByText("No connection").waitFor();
    assert.equal(await page.locator("li.waiting").count(), 1);
    assert.equal(await answers(page).count(), 0);
  },
};
