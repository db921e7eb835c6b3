// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { signIn } from "./browser.mjs";

/** Asks the server as the page would, with its cookie; resolves with the status. */
const ask = (page, path, options) =>
  page.evaluate(async ([p, o]) => (await fetch(p, o)).status, [path, options ?? {}]);

export const tests = {
  "signed out: a wrong password is refused in words": async ({ page, base, email }) => {
    await signIn(page, base, email, "certainly not this one");
    await page.getByRole("alert").filter({ hasText: "do not match" }).waitFor();
    assert.equal(await page.getByRole("heading", { name: "Inbox" }).count(), 0);
  },

  "signed out: the right password opens the place that was asked for": async ({ page, base, email, password }) => {
    await signIn(page, `${base}/?channel=sms`, email, password);
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, "/inbox?channel=sms");
    await page.getByRole("link", { name: "Texts", exact: true }).and(page.locator("[aria-current=page]")).waitFor();
  },

  "signed out: the session cookie is out of scripts' reach": async ({ page, context, base, email, password }) => {
    await signIn(page, base, email, password);
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    const cookies = await context.cookies();
    assert.ok(cookies.length >= 1, "a cookie is set");
    for (const cookie of cookies) {
      assert.ok(cookie.httpOnly, `${cookie.name} is HttpOnly`);
      assert.equal(cookie.sameSite, "Strict");
    }
    assert.equal(await page.evaluate(() => document.cookie), "");
  },

  "session: the account's menu leads to one's own password": async ({ page, base }) => {
    await page.goto(`${base}/live`);
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "Change password" }).click();
    await page.waitForURL("**/settings/account");
    await page.locator("main input[autocomplete=new-password]").waitFor();
  },

  "signed out: signing out ends the session": async ({ page, context, base, email, password }) => {
    await signIn(page, base, email, password);
    await page.getByRole("heading", { name: "Inbox" }).waitFor();
    assert.equal(await ask(page, "/api/me"), 200);
    const kept = await context.cookies();
    await page.evaluate(() => localStorage.setItem("ava.draft.1", "Dear Ann"));
    await page.getByRole("button", { name: "Account" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await ask(page, "/api/me"), 401);
    assert.equal(await page.evaluate(() => localStorage.getItem("ava.draft.1")), null, "no draft stays behind");
    // A kept cookie is worth nothing; the server may remember a session for some seconds.
    await context.addCookies(kept);
    const until = Date.now() + 6000;
    while ((await ask(page, "/api/me")) !== 401) assert.ok(Date.now() < until, "a kept cookie still works");
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
  },

  "signed out: a session that ends elsewhere brings the form back, with a reason":
    async ({ page, base, email, password }) => {
      await signIn(page, base, email, password);
      await page.getByRole("heading", { name: "Inbox" }).waitFor();
      assert.equal(await ask(page, "/api/session", { method: "DELETE", headers: { "X-Ava-Request": "1" } }), 200);
      // The page may hear of it by itself; coming back to the network makes it look.
      await page.evaluate(() => window.dispatchEvent(new Event("online")));
      await page.getByText("Your session has ended").waitFor();
    },

  "signed out: a write with the cookie but without X-Ava-Request is refused":
    async ({ page, base, email, password }) => {
      await signIn(page, base, email, password);
      await page.getByRole("heading", { name: "Inbox" }).waitFor();
      assert.equal(await ask(page, "/api/session", { method: "DELETE" }), 403);
      assert.equal(await ask(page, "/api/me"), 200);
    },
};
