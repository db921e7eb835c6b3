// SPDX-License-Identifier: Apache-2.0
// Figures, and the conversations behind them.
import assert from "node:assert/strict";
import { asProgram, startConversation, unique } from "./api.mjs";

const card = (page, name) => page.getByRole("region", { name, exact: true });

export const tests = {
  "analytics: a figure leads to the conversations behind it": async ({ page, base }) => {
    const name = unique("Figure");
    const { conversation } = await startConversation({ name, channel: "whatsapp" });
    await asProgram(`/api/admin/communications/${conversation.id}/score`, { satisfaction_score: 9, outcome: "info_request" });
    await page.goto(`${base}/analytics?days=7`);
    const whatsapp = card(page, "Conversations").getByRole("list", { name: "By channel" }).getByRole("link", { name: "WhatsApp" });
    const said = await whatsapp.innerText();
    await whatsapp.click();
    await page.locator(".rows .row").filter({ hasText: name }).waitFor();
    await page.getByText(/^Began .* to /).waitFor();
    assert.match(page.url(), /\/inbox\?.*channel=whatsapp/);
    const n = Number(/\n?(\d+)/.exec(said)[1]);
    await page.getByText(n === 1 ? "1 conversation" : `${n} conversations`, { exact: true }).first().waitFor();
    await page.goBack();
    await card(page, "Satisfaction").getByRole("link", { name: "WhatsApp" }).waitFor();
  },

  "analytics: days are chosen, and none of it is there when there is none": async ({ page, base }) => {
    await startConversation({ name: unique("Counted") });
    await page.goto(`${base}/analytics`);
    await page.getByRole("link", { name: "90 days" }).click();
    await page.waitForURL(/days=90/);
    await page.getByRole("list", { name: "In brief" }).getByRole("link", { name: /^Conversations/ }).waitFor();
    await page.getByLabel("First day").fill("2020-01-01");
    await page.getByLabel("Last day").fill("2020-01-05");
    await page.waitForURL(/from=2020-01-01&until=2020-01-05/);
    await card(page, "Busiest hours").getByText("There is nothing to count in these days.").waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"), card(page, "Busiest hours").getByRole("link", { name: "Busiest hours as a CSV file" }).click(),
    ]);
    assert.equal(file.suggestedFilename(), "hours-2020-01-01-2020-01-05.csv");
  },

  "analytics: a chart is one stop of the Tab key, the arrows go through it": async ({ page, base }) => {
    await startConversation({ name: unique("By keys") });
    await page.goto(`${base}/analytics`);
    const days = card(page, "Conversations").getByRole("list", { name: "Conversations" }).getByRole("link");
    await days.first().focus();
    await page.keyboard.press("End");
    assert.equal(await days.last().evaluate((e) => e === document.activeElement), true);
    await page.keyboard.press("ArrowLeft");
    assert.equal(await days.nth(28).evaluate((e) => e === document.activeElement && e.tabIndex === 0), true);
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/inbox\?/);
  },
};
