// SPDX-License-Identifier: Apache-2.0
// What is around every page: addresses, palette, keys, appearance, language.
import assert from "node:assert/strict";

async function start(page, base) {
  await page.goto(base);
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
}

const theme = (page) => page.evaluate(() => document.documentElement.dataset.theme);

export const tests = {
  "frame: the start leads to the inbox, and an address that is none says so": async ({ page, base }) => {
    await start(page, base);
    assert.equal(new URL(page.url()).pathname, "/inbox");
    await page.goto(`${base}/inbox/nothing/of/this`);
    await page.getByText("There is no such page").waitFor();
    await page.getByRole("link", { name: "To the inbox" }).click();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
  },

  "frame: the palette finds what can be done by its words, and does it": async ({ page, base }) => {
    await page.emulateMedia({ colorScheme: "light" });
    await start(page, base);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Go to or do" }).waitFor();
    await page.keyboard.type("appear dar");
    await page.getByRole("option", { name: "Appearance: Dark" }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
    await page.reload();
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    assert.equal(await theme(page), "dark", "the choice is kept");
  },

  "frame: dark when the machine is, as it changes": async ({ page, base }) => {
    await page.emulateMedia({ colorScheme: "dark" });
    await start(page, base);
    assert.equal(await theme(page), "dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.waitForFunction(() => document.documentElement.dataset.theme === "light");
  },

  "frame: the sheet of keys; single keys can be switched off": async ({ page, base }) => {
    await start(page, base);
    await page.keyboard.press("?");
    const sheet = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await sheet.getByText("Next conversation").waitFor();
    await sheet.getByRole("switch", { name: "Shortcuts of a single key" }).click();
    await page.keyboard.press("Escape");
    await sheet.waitFor({ state: "detached" });
    await page.keyboard.press("?");
    await page.keyboard.press("Control+k");
    await page.getByRole("option").first().waitFor();
    assert.equal(await sheet.count(), 0);
  },

  "frame: Spanish when chosen, and for a browser that speaks it": async ({ page, context, base }) => {
    await start(page, base);
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitemradio", { name: "Español" }).click();
    await page.getByRole("heading", { name: "Bandeja" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "es");
    const cookies = await context.cookies();
    const other = await context.browser().newContext({ locale: "es-MX" });
    await other.addCookies(cookies);
    const theirs = await other.newPage();
    await theirs.goto(base);
    await theirs.getByRole("heading", { name: "Bandeja" }).waitFor();
    await other.close();
  },
};
