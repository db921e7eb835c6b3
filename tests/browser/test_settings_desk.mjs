// SPDX-License-Identifier: Apache-2.0
// The settings' sections on connections and access.
import assert from "node:assert/strict";
import { asProgram, unique } from "./api.mjs";

const sandbox = process.env.AVA_SANDBOX_URL;
const faults = (method, body) => fetch(`${sandbox}/sandbox/faults`, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
const dialog = (page, name) => page.getByRole("dialog", { name });

export const tests = {
  "settings: channels are checked, and what is wrong is said with what to do": async ({ page, base }) => {
    await faults("POST", { status: 503, on: "reads", count: 4 });
    try {
      await page.goto(`${base}/settings/channels`);
      const texts = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Texts" }) });
      await texts.getByText("Does not work").waitFor();
      await texts.getByText("The provider answers with an error.").waitFor();
      await texts.getByText("HTTP status 503").waitFor();
    } finally {
      await faults("DELETE");
    }
    await page.getByRole("button", { name: "Check now" }).click();
    await page.getByText("All 5 work.").waitFor();
    const first = page.getByRole("listitem").filter({ has: page.getByRole("heading", { name: "Texts" }) });
    await first.getByText("Settings and addresses").click();
    await first.getByText("the provider has it").waitFor();
    await first.getByText("set, and kept secret", { exact: false }).waitFor();
    assert.ok(!(await page.content()).includes(process.env.AVA_TWILIO_TOKEN), "no secret");
    await page.getByText("WhatsApp, by Meta").waitFor();
  },

  "settings: somebody is let in, changed, shut out, and that is undone": async ({ page, base, browser }) => {
    const name = unique("Lisa");
    const email = `${unique("lisa").replace(" ", ".")}@example.com`;
    await page.goto(`${base}/settings/people`);
    await page.getByRole("button", { name: "Add somebody" }).click();
    const add = dialog(page, "Add somebody");
    await add.getByRole("button", { name: "Add somebody" }).click();
    await add.getByText("A name is needed.").waitFor();
    await add.getByLabel("Name").fill(name);
    await add.getByLabel("E-mail address").fill(email);
    await add.getByRole("button", { name: "Suggest one" }).click();
    assert.match(await add.getByLabel("Password").inputValue(), /^[a-z2-9]{16}$/);
    await add.getByLabel("E-mail address").press("Enter");
    const row = page.getByRole("list", { name: "Members of the staff" }).getByRole("listitem").filter({ hasText: name });
    await row.getByText("Agent").first().waitFor({ state: "attached" });
    await row.getByRole("button", { name: `Change ${name}` }).click();
    await dialog(page, `Change ${name}`).getByLabel("Role").selectOption("Reader");
    await dialog(page, `Change ${name}`).getByRole("button", { name: "Save" }).click();
    await row.getByText("Reader").first().waitFor({ state: "attached" });
    await row.getByRole("button", { name: `More for ${name}` }).click();
    await page.getByRole("menuitem", { name: "Shut out" }).click();
    await row.getByText("Shut out").waitFor();
    await page.getByRole("button", { name: "Undo" }).last().click();
    await row.getByText("Shut out").waitFor({ state: "detached" });
    const me = page.getByRole("listitem").filter({ hasText: "Olive Owner" });
    await me.getByRole("button", { name: "Change Olive Owner" }).click();
    await dialog(page, "Change Olive Owner").getByLabel("Role").selectOption("Agent");
    await dialog(page, "Change Olive Owner").getByRole("button", { name: "Save" }).click();
    await dialog(page, "Change Olive Owner").getByRole("alert").filter({ hasText: "nobody would be left" }).waitFor();
  },

  "settings: a token is made, shown once, works, and is revoked": async ({ page, base }) => {
    const name = unique("Report");
    await page.goto(`${base}/settings/tokens`);
    await page.getByRole("button", { name: "Make a token" }).click();
    await dialog(page, "Make a token").getByLabel("What it is for").fill(name);
    await dialog(page, "Make a token").getByLabel("Good until").selectOption("90 days from now");
    await dialog(page, "Make a token").getByRole("button", { name: "Make a token" }).click();
    const made = dialog(page, "The token is made");
    const secret = await made.getByLabel("Token", { exact: true }).innerText();
    const me = () => fetch(`${base}/api/me`, { headers: { Authorization: `Bearer ${secret}` } });
    assert.equal((await (await me()).json()).role, "reader");
    await made.getByRole("button", { name: "Done" }).click();
    assert.ok(!(await page.content()).includes(secret), "shown once");
    await page.getByRole("button", { name: `Revoke ${name}` }).click();
    await dialog(page, `Revoke “${name}”?`).getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("button", { name: `Revoke ${name}` }).waitFor({ state: "detached" });
    assert.equal((await me()).status, 401);
  },

  "settings: one's own password is changed by the present one, and the ledger of consents is read": async ({ page, base, password }) => {
    await page.goto(`${base}/settings/account`);
    await page.getByLabel("Present password").fill("not this one");
    await page.locator("input[autocomplete=new-password]").fill(password);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("That is not the present password.").waitFor();
    await page.getByLabel("Present password").fill(password);
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Your password is changed").waitFor();
    await asProgram("/api/admin/consents/grant", { address: "+15550107713", channel: "sms", purpose: "marketing", reason: "said so at the desk" });
    await page.getByRole("link", { name: "Consents" }).click();
    await page.getByLabel("Number or e-mail address").fill("+15550107713");
    await page.getByRole("button", { name: "Find" }).click();
    await page.getByText("said so at the desk", { exact: false }).waitFor();
  },

  "settings: what waits to be sent is seen and tried at once": async ({ page, base }) => {
    const words = unique("Your table");
    await faults("POST", { status: 429, retry_after: 3000, count: 1 });
    try {
      await asProgram("/api/admin/messages", { to: "+15550107711", content: words, hold: true });
      await page.goto(`${base}/settings/outbox`);
      const row = page.getByRole("listitem").filter({ hasText: words });
      await row.getByText("Waiting").waitFor();
      await row.getByText("tried once", { exact: false }).waitFor();
      await row.getByRole("button", { name: /^Try now/ }).click();
      await row.waitFor({ state: "detached" });
    } finally {
      await faults("DELETE");
    }
  },

  "settings: the journal shows what came in, as it came, and processes nothing twice": async ({ page, base }) => {
    const words = unique("Do you have parking");
    await fetch(`${sandbox}/sandbox/text`, { method: "POST", body: JSON.stringify({ from: "+15550107712", body: words }) });
    await page.goto(`${base}/settings/journal`);
    await page.getByLabel("Provider").selectOption("Twilio");
    await page.getByRole("button", { name: /Twilio: Message/ }).first().click();
    const shown = dialog(page, "Twilio: Message");
    await shown.getByText("/api/webhooks/twilio/sms").waitFor();
    await shown.getByRole("button", { name: "Process again" }).click();
    await page.getByText("It had been processed already; nothing was done twice").waitFor();
    await page.keyboard.press("Escape");
    await page.getByLabel("State").selectOption("Failed");
    await page.getByText("Nothing failed").waitFor();
  },
};
