// SPDX-License-Identifier: Apache-2.0
// The sandbox's mailbox: a person mails Ava by it, is answered, answers, and lets things fail.
import assert from "node:assert/strict";

const sandbox = process.env.AVA_SANDBOX_URL;
let customers = 0;

/** The mailbox of a customer nobody else has. */
async function mailbox(page) {
  await page.goto(`${sandbox}/mail`);
  const address = `browser${process.pid}-${customers++}@example.com`;
  await page.getByLabel("Your address").fill(`Ann <${address}>`);
  await page.getByLabel("Your address").press("Tab");
  await page.getByText("No e-mails yet").waitFor();
  return address;
}

async function write(page, text, subject) {
  if (subject) await page.getByLabel("Subject").fill(subject);
  await page.getByRole("textbox", { name: "E-mail" }).fill(text);
  await page.getByRole("button", { name: "Send" }).click();
}

const mine = (page) => page.locator(".letter.of-me");
const theirs = (page) => page.locator(".letter.of-ava");

export const tests = {
  "signed out: a customer mails by the sandbox's mailbox, is answered, and answers": async ({ page, base }) => {
    await mailbox(page);
    await write(page, "What are your hours?\nThank you", "A question");
    await mine(page).getByText("taken by Ava").waitFor();
    await theirs(page).getByText("delivered").waitFor();
    assert.equal(await theirs(page).locator("strong").innerText(), "Re: A question");
    await theirs(page).getByText("Headers").click();
    await theirs(page).getByText("In-Reply-To:").waitFor();
    await theirs(page).getByText("HTML").click();
    await theirs(page).locator("iframe").waitFor();
    assert.equal(await theirs(page).locator("iframe").getAttribute("sandbox"), "");
    await theirs(page).getByRole("button", { name: "Reply" }).click();
    assert.equal(await page.getByLabel("Subject").inputValue(), "Re: A question");
    await page.locator("#file").setInputFiles({ name: "form.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.4\n") });
    await write(page, "And where can I park?");
    await page.waitForFunction(() => document.querySelectorAll(".letter.of-ava").length === 2);
    await mine(page).first().getByRole("link", { name: "form.pdf" }).waitFor();
    assert.equal(await mine(page).first().locator(".letter-text").innerText(), "And where can I park?");
    assert.equal(await page.getByRole("link", { name: "Open Ava" }).getAttribute("href"), base);
  },

  "signed out: what others mailed is shown as text": async ({ page }) => {
    await mailbox(page);
    const hostile = '<img src=x onerror="document.title=1"> & <b>bold</b>';
    await write(page, hostile, hostile);
    await mine(page).first().waitFor();
    assert.equal(await mine(page).locator("strong").innerText(), hostile);
    assert.equal(await mine(page).locator(".letter-text").innerText(), hostile);
    assert.equal(await page.title(), "Ava's sandbox: e-mail");
  },

  "signed out: an e-mail gets lost, and the customer complains about another": async ({ page }) => {
    await mailbox(page);
    try {
      const lost = page.getByRole("button", { name: "Lost", exact: true });
      await lost.click();
      await page.locator("button[aria-pressed=true]").getByText("Lost").waitFor();
      await write(page, "is anybody there?", "Lost");
      await mine(page).getByText("the e-mail got lost").waitFor();
      await page.getByRole("button", { name: "End all" }).click();
      await page.waitForFunction(() => !document.querySelector("#faults button[aria-pressed=true]"));
      await write(page, "What are your hours?", "Found");
      await theirs(page).getByText("delivered").waitFor();
      await theirs(page).getByRole("button", { name: "Report as spam" }).click();
      await theirs(page).getByText("spamreport").waitFor();
    } finally {
      await fetch(`${sandbox}/sandbox/faults`, { method: "DELETE" });
    }
  },
};
