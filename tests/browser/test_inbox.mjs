// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { addConversation, addEvent, addMessage, asProgram, startConversation, unique } from "./api.mjs";

const rows = (page) => page.locator(".rows .row");
const rowOf = (page, name) => rows(page).filter({ hasText: name });
const thread = (page) => page.getByRole("log");

const manyRows = 110;

/** Enough conversations of a channel for a third page. */
async function fillPages(channel) {
  await Promise.all(Array.from({ length: manyRows }, () => addConversation({ channel, subject: "For paging" })));
}

export const tests = {
  "the list shows who, what, how it stands and when": async ({ page, base }) => {
    const name = unique("Lena Fischer");
    await startConversation({ name, subject: "Moving an appointment" });
    await page.goto(base);
    const row = rowOf(page, name);
    await row.getByText("Moving an appointment").waitFor();
    await row.getByText("Active").waitFor();
    await row.getByText("Text:").waitFor();
    await row.locator("time").waitFor();
  },

  "a conversation without a customer is an unknown caller's": async ({ page, base }) => {
    const subject = unique("Nobody knows");
    await addConversation({ channel: "voice", subject });
    await page.goto(`${base}/?channel=voice`);
    await rowOf(page, subject).getByText("Unknown caller").waitFor();
  },

  "the channel filter holds back the other channels": async ({ page, base }) => {
    const texter = unique("Texter");
    const mailer = unique("Mailer");
    await startConversation({ name: texter, channel: "sms" });
    await startConversation({ name: mailer, channel: "email" });
    await page.goto(base);
    await rowOf(page, mailer).waitFor();
    await page.getByRole("link", { name: "Texts", exact: true }).click();
    await page.waitForURL("**/inbox?channel=sms");
    await rowOf(page, texter).waitFor();
    await rowOf(page, mailer).waitFor({ state: "detached" });
    await page.goBack();
    await rowOf(page, mailer).waitFor();
  },

  "the list goes on by itself as one scrolls, and only what is seen is in the document": async ({ page, base }) => {
    await fillPages("web");
    await page.goto(`${base}/inbox?channel=web`);
    await rows(page).first().waitFor();
    const list = page.locator(".rows");
    const places = () => list.locator("li").evaluateAll((all) => all.map((li) => Number(li.getAttribute("aria-posinset"))));
    const seen = new Set(await places());
    for (let i = 0; i < 200 && !seen.has(manyRows); i++) {
      await list.evaluate((el) => el.scrollBy(0, el.clientHeight / 2));
      await page.waitForTimeout(20);
      for (const at of await places()) seen.add(at);
    }
    assert.ok(seen.has(manyRows), `reached ${Math.max(...seen)}`);
    assert.equal([...seen].filter((at) => at <= manyRows).length, manyRows, "none was left out");
    assert.ok((await rows(page).count()) < 60, "rows out of sight are not in the document");
  },

  "a conversation opens with its messages, and its address can be shared": async ({ page, base }) => {
    const name = unique("Priya Raman");
    const { conversation } = await startConversation({ name, says: "Are you open on Saturday?" });
    await addMessage(conversation.id, "outbound", "Yes, from ten to four.");
    await page.goto(base);
    await rowOf(page, name).click();
    await page.getByRole("heading", { name }).waitFor();
    await thread(page).getByText("Are you open on Saturday?").waitFor();
    await thread(page).getByText("Yes, from ten to four.").waitFor();
    await thread(page).getByRole("heading", { name: "Today" }).waitFor();
    assert.equal(new URL(page.url()).pathname, `/inbox/${conversation.id}`);
    await page.reload();
    await thread(page).getByText("Are you open on Saturday?").waitFor();
    assert.match(await page.title(), new RegExp(name));
  },

  "an address with an unknown conversation says so": async ({ page, base }) => {
    await page.goto(`${base}/?conversation=01890000-0000-7000-8000-000000000000`);
    await page.getByText("There is no such conversation").waitFor();
  },

  "a hostile name, subject and message are shown as text": async ({ page, base }) => {
    const name = `<img src=x onerror="window.broken=1">${unique("")}`;
    const subject = "<b>bold</b>";
    const says = '<script>window.broken=1</script><a href="javascript:window.broken=1">x</a>';
    await startConversation({ name, subject, says });
    await page.goto(base);
    await rowOf(page, name).click();
    await page.getByRole("heading", { name }).waitFor();
    await thread(page).getByText(says).waitFor();
    await rowOf(page, name).getByText(subject).waitFor();
    assert.equal(await page.evaluate(() => window.broken), undefined);
    assert.equal(await page.locator("img[src=x], .thread script, .thread a").count(), 0);
  },

  "keyboard: j, k, arrows and Enter; Escape closes": async ({ page, base }) => {
    const a = unique("First in line");
    const b = unique("Second in line");
    await startConversation({ name: b });
    await startConversation({ name: a });
    await page.goto(base);
    await rowOf(page, a).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
    await page.keyboard.press("j");
    const start = await focused();
    assert.ok(start.includes(a), `the first row has the focus, not "${start}"`);
    await page.keyboard.press("j");
    assert.ok((await focused()).includes(b));
    await page.keyboard.press("ArrowUp");
    assert.ok((await focused()).includes(a));
    await page.keyboard.press("ArrowDown");
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.equal(outline, "solid", "the focus can be seen");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: b }).waitFor();
    assert.ok((await focused()).includes(b), "the focus stays in the list");
    await page.keyboard.press("k");
    assert.ok((await focused()).includes(a));
    assert.equal(await page.getByRole("heading", { name: b }).count(), 1, "moving does not open");
    await thread(page).focus();
    await page.keyboard.press("Escape");
    await page.getByText("No conversation is open").waitFor();
    assert.ok((await focused()).includes(b), "the focus returns to the row");
  },

  "phone: the list, then the conversation, then back": async ({ page, base }) => {
    const name = unique("On the phone");
    await startConversation({ name, says: "A long word ".repeat(30) });
    await page.setViewportSize({ width: 375, height: 740 });
    await page.goto(base);
    await rowOf(page, name).click();
    const heading = page.getByRole("heading", { name });
    await heading.waitFor();
    assert.equal(await rowOf(page, name).isVisible(), false);
    assert.ok(await heading.evaluate((h) => h === document.activeElement), "the heading has the focus");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 375, `nothing sticks out: ${wide}`);
    await page.getByRole("link", { name: "Back to the list" }).click();
    await rowOf(page, name).waitFor();
    assert.equal(await heading.isVisible(), false);
  },

  "search and chips hold back the others, stand in the address, and are taken off again": async ({ page, base }) => {
    const name = unique("Findable");
    const other = unique("Otherwise");
    const { conversation } = await startConversation({ name });
    await startConversation({ name: other });
    await addEvent(conversation.id, "escalation_requested", { reason: "unknown" });
    await page.goto(`${base}/inbox`);
    await rowOf(page, other).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(name);
    await rowOf(page, other).waitFor({ state: "detached" });
    await rowOf(page, name).getByText("Needs a person").waitFor();
    assert.equal(new URL(page.url()).searchParams.get("q"), name);
    await page.reload();
    await rowOf(page, name).waitFor();
    await page.getByRole("button", { name: "Clear the search" }).click();
    await page.getByRole("button", { name: "Needs a person" }).click();
    await page.waitForURL((url) => url.searchParams.get("needs_person") === "true" && !url.searchParams.has("q"));
    await rowOf(page, name).waitFor();
    assert.equal(await rowOf(page, other).count(), 0);
    await page.getByRole("button", { name: "Status" }).click();
    await page.getByRole("menuitemradio", { name: "Completed" }).click();
    await rowOf(page, name).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Clear filters" }).first().click();
    await rowOf(page, other).waitFor();
    assert.equal(new URL(page.url()).search, "");
  },

  "what the customer said is unread until it is opened, and can be made unread again": async ({ page, base }) => {
    const name = unique("Unseen");
    await startConversation({ name, says: "Anybody there?" });
    await page.goto(`${base}/inbox`);
    const unread = rowOf(page, name).getByText("Unread");
    await unread.waitFor({ state: "attached" });
    await rowOf(page, name).click();
    await thread(page).getByText("Anybody there?").waitFor();
    await unread.waitFor({ state: "detached" });
    await page.reload();
    await thread(page).waitFor();
    assert.equal(await unread.count(), 0);
    await page.keyboard.press("u");
    await page.getByText("No conversation is open").waitFor();
    await unread.waitFor({ state: "attached" });
  },

  "several at once: chosen by key and pointer, tagged, and taken back": async ({ page, base }) => {
    const mark = unique("Bulk");
    await asProgram("/api/admin/tags", { name: mark, colour: "#aa3366" });
    for (const i of [1, 2, 3]) await startConversation({ name: `${mark} ${i}` });
    await page.goto(`${base}/inbox?q=${encodeURIComponent(mark)}`);
    await rowOf(page, `${mark} 3`).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("x");
    await page.getByText("1 chosen").waitFor();
    await page.getByRole("checkbox", { name: `Choose ${mark} 1` }).click({ modifiers: ["Shift"] });
    await page.getByText("3 chosen").waitFor();
    const bar = page.getByRole("toolbar");
    await bar.getByRole("button", { name: "Tags" }).click();
    await page.getByRole("menuitemcheckbox", { name: mark }).click();
    await page.getByText("3 conversations changed").waitFor();
    const tagged = rows(page).locator("span").filter({ hasText: new RegExp(`^${mark}$`) });
    await tagged.first().waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await tagged.first().waitFor({ state: "detached" });
    await page.getByRole("checkbox", { name: `Choose ${mark} 2` }).click();
    await page.keyboard.press("Escape");
    assert.equal(await bar.count(), 0);
  },

  "a failed request says so and can be tried again": async ({ page, base }) => {
    // The page asks by itself at the start, and once more when the live socket has joined.
    let asked = 0;
    let broken = true;
    await page.route("**/api/admin/communications?*", (route) => {
      asked++;
      return broken ? route.fulfill({ status: 500, contentType: "text/plain", body: "" }) : route.continue();
    });
    await page.goto(base);
    await page.getByText("The server could not answer").waitFor();
    await page.waitForTimeout(1000);
    assert.ok(asked <= 2, `it does not ask in a loop: ${asked}`);
    broken = false;
    await page.getByRole("button", { name: "Try again" }).click();
    await page.locator(".rows, .list .state-title").first().waitFor();
  },
};
