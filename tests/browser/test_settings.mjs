// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { unique } from "./api.mjs";

const save = (page) => page.getByRole("button", { name: "Save", exact: true });

/** Presses Save, and waits until nothing is left to save. */
async function saved(page) {
  await save(page).click();
  await save(page).waitFor({ state: "detached" });
}

export const tests = {
  "settings: a fact is changed and undone, and what is wrong stands at its field": async ({ page, base }) => {
    await page.goto(`${base}/settings`);
    await page.waitForURL("**/settings/business");
    const name = page.getByLabel("Name of the business");
    const was = await name.inputValue();
    const now = unique("Spa");
    await name.fill(now);
    await page.getByLabel("Time zone").fill("Chicago");
    await page.keyboard.press("Control+s");
    await page.getByText("Time zone is not a time zone of this system", { exact: false }).waitFor();
    assert.equal(await page.getByLabel("Time zone").getAttribute("aria-invalid"), "true");
    await page.getByLabel("Time zone").fill("America/New_York");
    await saved(page);
    await page.reload();
    await page.waitForFunction((v) => document.querySelector("main form input")?.value === v, now);
    await name.fill(was);
    await saved(page);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForFunction((v) => document.querySelector("main form input")?.value === v, now);
    await name.fill(was);
    await saved(page);
  },

  "settings: what is not saved is asked about on leaving, and is there on coming back": async ({ page, base }) => {
    await page.goto(`${base}/settings/business`);
    const policy = page.getByLabel("Cancellation policy");
    const was = await policy.inputValue();
    await policy.fill("A day before, please.");
    await page.keyboard.press("Escape");
    await page.getByRole("link", { name: "Inbox", exact: true }).click();
    const asked = page.getByRole("dialog", { name: "Leave without saving?" });
    await asked.getByRole("button", { name: "Close" }).click();
    assert.equal(new URL(page.url()).pathname, "/settings/business");
    await page.getByRole("link", { name: "Inbox", exact: true }).click();
    await asked.getByRole("button", { name: "Leave for later" }).click();
    await page.waitForURL("**/inbox");
    await page.goBack();
    await policy.waitFor();
    assert.equal(await policy.inputValue(), "A day before, please.");
    await page.getByRole("button", { name: "Discard" }).click();
    assert.equal(await policy.inputValue(), was);
    await page.getByRole("link", { name: "Inbox", exact: true }).click();
    await page.waitForURL("**/inbox");
  },
};
