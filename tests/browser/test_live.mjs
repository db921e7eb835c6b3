// SPDX-License-Identifier: Apache-2.0
// What arrives while the page is open. Nothing here reloads.
import assert from "node:assert/strict";
import { addMessage, startConversation, unique } from "./api.mjs";

const rows = (page) => page.locator(".rows .row");
const rowOf = (page, name) => rows(page).filter({ hasText: name });
const soonMs = 5000;

async function openLive(page, address) {
  await page.goto(address);
  await page.locator(".top-live[data-state=live]").waitFor();
  await page.evaluate(() => (window.sameDocument = true));
}

const stillSame = (page) => page.evaluate(() => window.sameDocument === true);

export const tests = {
  "live: a new conversation appears at the top": async ({ page, base }) => {
    const before = unique("Was here before");
    await startConversation({ name: before });
    await openLive(page, base);
    await rowOf(page, before).waitFor();
    const name = unique("Just arrived");
    await startConversation({ name });
    await rowOf(page, name).waitFor({ timeout: soonMs });
    assert.ok((await rows(page).first().textContent()).includes(name));
    assert.ok(await stillSame(page));
  },

  "live: a new message moves its row up and leaves the focus alone": async ({ page, base }) => {
    const older = unique("Older");
    const newer = unique("Newer");
    const { conversation } = await startConversation({ name: older });
    await startConversation({ name: newer });
    await openLive(page, base);
    await rowOf(page, newer).focus();
    await addMessage(conversation.id, "inbound", "One more thing");
    await page.waitForFunction(
      (name) => document.querySelector(".rows .row")?.textContent?.includes(name), older, { timeout: soonMs });
    const focused = await page.evaluate(() => document.activeElement?.textContent ?? "");
    assert.ok(focused.includes(newer), `the focus is where it was, not on "${focused}"`);
    await page.getByRole("status").filter({ hasText: `New activity: ${older}` }).waitFor({ state: "attached" });
  },

  "live: what is under the pointer stays under it when a row moves up": async ({ page, base }) => {
    const mark = unique("Still");
    const made = [];
    for (let i = 0; i < 12; i++) made.push(await startConversation({ name: `${mark} ${i}` }));
    await openLive(page, `${base}/inbox?q=${encodeURIComponent(mark)}`);
    const pointed = rowOf(page, `${mark} 7`);
    await pointed.hover();
    const top = () => pointed.evaluate((el) => el.getBoundingClientRect().top);
    const before = await top();
    await addMessage(made[0].conversation.id, "inbound", "One more thing");
    const first = page.locator(".rows li[aria-posinset='1']").filter({ hasText: `${mark} 0` });
    await first.waitFor({ state: "attached", timeout: soonMs });
    assert.ok(Math.abs((await top()) - before) < 2, `moved by ${(await top()) - before}`);
  },

  "live: one browser sees at once what another does": async ({ page, context, base }) => {
    const name = unique("Between two");
    const { conversation } = await startConversation({ name });
    const other = await context.newPage();
    await openLive(page, `${base}/inbox`);
    await openLive(other, `${base}/inbox/${conversation.id}`);
    await other.getByRole("button", { name: "Complete" }).click();
    await rowOf(page, name).getByText("Completed").waitFor({ timeout: soonMs });
    await other.getByRole("button", { name: "Undo" }).click();
    await rowOf(page, name).getByText("Active").waitFor({ timeout: soonMs });
    assert.ok(await stillSame(page));
  },

  "live: the open conversation goes on by itself": async ({ page, base }) => {
    const name = unique("Talking now");
    const { conversation } = await startConversation({ name });
    await openLive(page, `${base}/?conversation=${conversation.id}`);
    await page.getByRole("heading", { name }).waitFor();
    const says = unique("Can you hear me?");
    await addMessage(conversation.id, "inbound", says);
    await page.getByRole("log").getByText(says).waitFor({ timeout: soonMs });
    assert.ok(await stillSame(page));
  },

  "live: a reader further up is not torn away": async ({ page, base }) => {
    const { conversation } = await startConversation({ name: unique("Long talk") });
    for (let i = 0; i < 12; i++) await addMessage(conversation.id, i % 2 ? "outbound" : "inbound", "Word by word. ".repeat(20));
    await openLive(page, `${base}/?conversation=${conversation.id}`);
    const log = page.getByRole("log");
    await log.getByText("Word by word.").first().waitFor();
    const fromEnd = () => log.evaluate((el) => el.scrollHeight - el.scrollTop - el.clientHeight);
    assert.ok((await fromEnd()) < 5, "opens at the end");
    await log.evaluate((el) => el.scrollTo(0, 0));
    const says = unique("Down here");
    await addMessage(conversation.id, "inbound", says);
    await page.getByRole("button", { name: "New message" }).click({ timeout: soonMs });
    await log.getByText(says).waitFor();
    assert.ok((await fromEnd()) < 5, "goes to the end when asked");
  },

  "live: without the network a banner says so, and what was missed comes after": async ({ page, context, base }) => {
    const name = unique("Patient");
    const { conversation } = await startConversation({ name });
    await openLive(page, `${base}/?conversation=${conversation.id}`);
    await page.getByRole("heading", { name }).waitFor();
    await context.setOffline(true);
    await page.getByText("You are offline").waitFor();
    const says = unique("Said meanwhile");
    await addMessage(conversation.id, "inbound", says);
    await context.setOffline(false);
    await page.getByRole("log").getByText(says).waitFor({ timeout: 2 * soonMs });
    await page.getByText("You are offline").waitFor({ state: "detached" });
    assert.ok(await stillSame(page));
  },
};
