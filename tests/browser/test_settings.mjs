// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { asGet, unique } from "./api.mjs";

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

  "settings: hours of a day are added, overlapping ones refused, and a closure is undone": async ({ page, base }) => {
    await page.goto(`${base}/settings/hours`);
    await page.getByRole("button", { name: "Add hours on Sunday" }).click();
    await page.getByRole("button", { name: "Add hours on Sunday" }).click();
    await page.getByLabel("Sunday, from").nth(1).fill("10:00");
    await save(page).click();
    await page.getByText("Sunday: these hours overlap.").waitFor();
    await page.getByRole("button", { name: "Take these hours of Sunday away" }).nth(1).click();
    await saved(page);
    await page.reload();
    assert.equal(await page.getByLabel("Sunday, until").inputValue(), "17:00");
    await page.getByRole("button", { name: "Take these hours of Sunday away" }).click();
    await saved(page);

    const reason = unique("Painting");
    await page.getByLabel("Reason").fill(reason);
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("A day is needed.").waitFor();
    await page.getByLabel("First day").fill("2031-05-05");
    await page.getByLabel("Reason").press("Enter");
    const row = page.locator("main").getByRole("listitem").filter({ hasText: reason });
    await row.getByRole("button", { name: /^Take the closure away/ }).click();
    await row.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).last().click();
    await row.waitFor();
    await row.getByRole("button", { name: /^Take the closure away/ }).click();
    await row.waitFor({ state: "detached" });
  },

  "settings: a service is made, put first, changed and taken away by keyboard": async ({ page, base }) => {
    const name = unique("Gua Sha");
    await page.goto(`${base}/settings/services`);
    await page.getByRole("link", { name: "New service" }).press("Enter");
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("Price, or the lowest").fill("a lot");
    await page.keyboard.press("Control+s");
    await page.getByText("An amount such as 250", { exact: false }).waitFor();
    await page.getByText("A whole number from 1 to 1440", { exact: false }).waitFor();
    assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-invalid")), "true");
    await page.getByLabel("Duration, in minutes").fill("40");
    await page.getByLabel("Price, or the lowest").fill("99.5");
    await page.getByLabel("Other names").fill("stone massage\njade stone");
    await page.keyboard.press("Control+s");
    await page.waitForURL("**/settings/services");
    const row = page.locator("main").getByRole("listitem").filter({ hasText: name });
    await row.getByText("$99.50").waitFor();
    const before = await page.locator("main ul li a[href^='/settings/services/']").allTextContents();
    await page.getByRole("button", { name: `Move “${name}” up` }).press("Enter");
    await page.waitForFunction(([n, at]) => [...document.querySelectorAll("main ul li a[href^='/settings/services/']")].findIndex((a) => a.textContent === n) === at, [name, before.length - 2]);
    await page.reload();
    await row.waitFor();
    const after = await page.locator("main ul li a[href^='/settings/services/']").allTextContents();
    assert.equal(after.indexOf(name), before.length - 2);
    await page.getByRole("link", { name, exact: true }).press("Enter");
    assert.equal(await page.getByLabel("Other names").inputValue(), "stone massage\njade stone");
    await page.getByRole("button", { name: "Take away" }).press("Enter");
    await row.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await row.waitFor();
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByRole("button", { name: "Take away" }).click();
    await row.waitFor({ state: "detached" });
  },

  "settings: an answer is written and tried as a customer would, and nothing is kept of it": async ({ page, base }) => {
    const word = unique("zorbing").replaceAll(" ", "");
    const conversations = (await asGet("/api/admin/communications?page_size=1")).total;
    await page.goto(`${base}/settings/answers/add-new`);
    await page.getByLabel("Question", { exact: true }).first().fill(`Do you do ${word}?`);
    await page.getByLabel("Answer", { exact: true }).fill(`Yes, ${word} is on Fridays.`);
    await saved(page);
    await page.waitForURL("**/settings/answers");
    await page.getByLabel("Question", { exact: true }).fill(`do you have ${word}`);
    await page.getByRole("button", { name: "Ask Ava" }).click();
    await page.locator(".try-answer").filter({ hasText: `${word} is on Fridays` }).waitFor();
    await page.getByRole("list", { name: "Questions of yours that fit" }).getByRole("link", { name: `Do you do ${word}?` }).click();
    await page.waitForURL(`**/settings/answers/do_you_do_${word}`);
    await page.getByRole("button", { name: "Take away" }).click();
    assert.equal((await asGet("/api/admin/communications?page_size=1")).total, conversations);
  },

  "settings: a provider gives some services at hours of their own": async ({ page, base }) => {
    const name = unique("Bo Park");
    await page.goto(`${base}/settings/providers/add-new`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("All services").click();
    await save(page).click();
    await page.getByText("Choose a service, or all of them.").waitFor();
    await page.getByRole("checkbox", { name: "Botox" }).click();
    await page.getByLabel("Own working hours").click();
    await saved(page);
    await page.locator("main").getByRole("listitem").filter({ hasText: name }).getByText("Botox", { exact: true }).waitFor();
    await page.getByRole("link", { name, exact: true }).click();
    assert.equal(await page.getByLabel("Monday, from").inputValue(), "09:00");
    await page.getByRole("button", { name: "Take away" }).click();
    await page.locator("main").getByRole("listitem").filter({ hasText: name }).waitFor({ state: "detached" });
  },

  "settings: a tag is made, renamed, and taken away": async ({ page, base }) => {
    const name = unique("Blue");
    await page.goto(`${base}/settings/tags`);
    await page.getByLabel("New tag").fill(name);
    await page.getByLabel("New tag").press("Enter");
    await page.getByLabel(`Name of the tag ${name}`).fill("");
    await page.getByLabel("New tag").focus();
    await page.getByText("A tag needs a name.").waitFor();
    const input = page.locator("main li input[aria-invalid=true]");
    await input.fill(`${name} sky`);
    await page.keyboard.press("Enter");
    await page.getByLabel(`Name of the tag ${name} sky`).waitFor();
    await page.getByRole("button", { name: `Take the tag ${name} sky away` }).click();
    await page.getByLabel(`Name of the tag ${name} sky`).waitFor({ state: "detached" });
  },
};
