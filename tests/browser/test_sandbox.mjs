// SPDX-License-Identifier: Apache-2.0
// The sandbox's telephone: a person texts Ava by it, sees what comes of it, and lets things fail.
import assert from "node:assert/strict";

const sandbox = process.env.AVA_SANDBOX_URL;
const picture = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEklEQVR4nGPgycjHihhGJbADAN0SHwH1xSnvAAAAAElFTkSuQmCC",
  "base64",
);
let customers = 0;

/** A number that no other test texts from. */
const numberOfNobody = () => `+1555010${7000 + customers++}`;

/** The telephone of a customer nobody else has. */
async function telephone(page) {
  await page.goto(sandbox);
  const number = numberOfNobody();
  await page.getByLabel("Your number").fill(number);
  await page.getByLabel("Your number").press("Tab");
  await page.getByText("No messages yet").waitFor();
  return number;
}

async function write(page, text) {
  await page.getByRole("textbox", { name: "Message" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const theirs = (page) => page.locator(".message.theirs");
const mine = (page) => page.locator(".message.mine");

const button = (page, name) => page.getByRole("button", { name, exact: true });
const said = (page) => page.getByRole("log", { name: "What is said" });

async function endFaults() {
  await fetch(`${sandbox}/sandbox/faults`, { method: "DELETE" });
}

export const tests = {
  "signed out: a customer texts by the sandbox's telephone and is answered": async ({ page, base }) => {
    await telephone(page);
    await write(page, "What are your hours?\nThank you");
    await mine(page).getByText("taken by Ava").waitFor();
    await theirs(page).getByText("delivered").waitFor();
    assert.equal(await mine(page).locator(".bubble").innerText(), "What are your hours?\nThank you");
    assert.ok((await theirs(page).locator(".bubble").first().innerText()).length > 10);
    assert.equal(await page.getByRole("link", { name: "Open Ava" }).getAttribute("href"), base);
  },

  "signed out: what others wrote is shown as text": async ({ page }) => {
    await telephone(page);
    const hostile = '<img src=x onerror="document.title=1"> & <b>bold</b>';
    await write(page, hostile);
    assert.equal(await mine(page).locator(".bubble").innerText(), hostile);
    assert.equal(await page.title(), "Ava's sandbox");
  },

  "signed out: a photo is sent and thanked for": async ({ page }) => {
    await telephone(page);
    await page.locator("#file").setInputFiles({ name: "nails.png", mimeType: "image/png", buffer: picture });
    await page.getByRole("button", { name: "nails.png" }).waitFor();
    await page.getByRole("button", { name: "Send" }).click();
    await mine(page).locator("img").waitFor();
    await page.waitForFunction(() => document.querySelector(".mine img").naturalWidth === 8);
    await theirs(page).getByText("Thank you for the photo").waitFor();
  },

  "staff see the photo that a customer sent, and why another is missing": async ({ page, base }) => {
    const from = numberOfNobody();
    const text = (type, data) => fetch(`${sandbox}/sandbox/text`, {
      method: "POST",
      body: JSON.stringify({ from, body: "", media: [{ type, data: data.toString("base64") }] }),
    });
    assert.equal((await text("image/png", picture)).status, 200);
    await page.goto(base);
    await page.locator(".rows .row").filter({ hasText: from.slice(-4) }).first().click();
    const thread = page.getByRole("log");
    const photo = thread.getByRole("img", { name: "Photo from the customer" });
    await photo.waitFor();
    await page.waitForFunction(() => document.querySelector(".files img").naturalWidth === 8);
    await thread.getByText("a file came, which Ava cannot look at").waitFor();
    assert.equal((await text("image/png", Buffer.from("<svg onload=alert(1)>"))).status, 200);
    await thread.getByText("Photo was refused: it is of a type that is not taken").waitFor();
    await thread.getByText("A file of the customer is missing").waitFor();
  },

  "signed out: WhatsApp is another thread": async ({ page }) => {
    await telephone(page);
    await write(page, "hello by text");
    await mine(page).getByText("hello by text").waitFor();
    await page.getByText("WhatsApp", { exact: true }).click();
    await page.getByText("No messages yet").waitFor();
    await page.getByText("SMS", { exact: true }).click();
    await mine(page).getByText("hello by text").waitFor();
  },

  "signed out: faults are switched on, met and ended": async ({ page }) => {
    try {
      await telephone(page);
      const lost = page.getByRole("button", { name: "Lost", exact: true });
      await lost.click();
      await page.locator("button[aria-pressed=true]").getByText("Lost").waitFor();
      await write(page, "is anybody there?");
      await mine(page).getByText("the webhook got lost").waitFor();
      await page.getByText(/Met so far: .*lost 1/).waitFor();
      await page.getByRole("button", { name: "Reports twice" }).click();
      await page.locator("button[aria-pressed=true]").getByText("Reports twice").waitFor();
      await lost.click();
      await page.waitForFunction(() => document.querySelectorAll("button[aria-pressed=true]").length === 1);
      await page.getByRole("button", { name: "End all" }).click();
      await page.waitForFunction(() => !document.querySelector("button[aria-pressed=true]"));
      await write(page, "and now?");
      await theirs(page).getByText("delivered").waitFor();
    } finally {
      await endFaults();
    }
  },

  "signed out: Ava is called without a microphone, and heard and seen": async ({ page, base }) => {
    await telephone(page);
    await button(page, "Call").click();
    await said(page).getByText("How can I help you?").waitFor();
    await page.reload(); // the call goes on
    await said(page).getByText("How can I help you?").waitFor();
    await button(page, "Sound off").click();
    await button(page, "Sound on").waitFor();
    await page.getByLabel("What you say").fill("How much is <b>parking</b>?");
    await page.getByLabel("What you say").press("Enter");
    await said(page).locator(".mine").getByText("How much is <b>parking</b>?").waitFor();
    await page.waitForFunction(() => document.querySelectorAll("#call-log .theirs").length > 1);
    await button(page, "Keypad").click();
    await button(page, "7").click();
    await said(page).locator(".mine").getByText("7", { exact: true }).waitFor();
    await button(page, "Hang up").click();
    await page.getByText("The call has ended").waitFor();
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Call again");
    const link = page.getByRole("link", { name: "See it in Ava" });
    await link.waitFor();
    assert.match(await link.getAttribute("href"), new RegExp(`^${base}/\\?conversation=.`));
    await page.waitForFunction(() => document.getElementById("call-sound").duration > 1);
    await button(page, "Close").click();
    await page.getByText("No messages yet").waitFor();
  },

  "signed out: it is said why a call was not taken": async ({ page }) => {
    try {
      await telephone(page);
      const armed = await fetch(`${sandbox}/sandbox/faults`, {
        method: "POST",
        body: JSON.stringify({ api: "calls", on: "inbound", status: "lost" }),
      });
      assert.equal(armed.status, 200);
      await button(page, "Call").click();
      await page.getByText("Ava did not take the call (no answer)").waitFor();
    } finally {
      await endFaults();
    }
  },

  "signed out: another site cannot write by it": async () => {
    const answer = await fetch(`${sandbox}/sandbox/text`, {
      method: "POST",
      headers: { Origin: "https://example.com" },
      body: JSON.stringify({ from: "+15550100999", body: "x" }),
    });
    assert.equal(answer.status, 403);
  },
};
