// SPDX-License-Identifier: Apache-2.0
// The machine's Chromium with a profile of its own, that asks nothing of the network but the pages
// it is sent to. Used by the browser tests and by tools/screenshot.
import { chromium } from "playwright-core";

const executablePath = process.env.AVA_CHROMIUM ?? "/usr/bin/chromium";

/** A browser; its profile is in a temporary folder that goes with it. */
export function launch(more = []) {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-default-apps",
      "--disable-extensions",
      ...more,
    ],
  });
}

/** Signs in through the form of the page at `base`. */
export async function signIn(page, base, email, password) {
  await page.goto(base);
  await page.getByLabel("E-mail address").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}
