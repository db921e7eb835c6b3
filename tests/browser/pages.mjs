// SPDX-License-Identifier: Apache-2.0
// Every page of the dashboard: its address, and what is there once it shows something. axe-core looks at
// each (test_axe.mjs), and tools/screenshot takes its pictures. `open`: what to do there first.
export const pages = [
  { name: "inbox", path: "/inbox", ready: ".rows .row, .state-title" },
  {
    name: "conversation",
    path: "/inbox",
    open: async (page, { conversation }) => {
      if (conversation) await page.goto(new URL(`/inbox/${conversation}`, page.url()).href);
      else await page.locator(".rows .row").first().click();
    },
    ready: ".thread .day",
  },
  { name: "customers", path: "/customers", ready: ".rows .row, .state-title" },
  {
    name: "customer",
    path: "/customers",
    open: (page) => page.locator(".rows .row").first().click(),
    ready: "main h3:visible",
  },
  { name: "appointments", path: "/appointments?view=week", ready: "[aria-label=Calendar]" },
  { name: "appointments-day", path: "/appointments?view=day", ready: "[aria-label=Calendar]" },
  {
    name: "booking",
    path: "/appointments?view=list",
    open: (page) => page.keyboard.press("n"),
    ready: "[role=dialog] [role=group] button",
  },
  { name: "analytics", path: "/analytics", ready: "main table" },
  { name: "live", path: "/live", ready: "main dl" },
  { name: "try", path: "/try", ready: "main [role=log]" },
  { name: "try-call", path: "/try?way=voice", ready: ".state-title" },
  { name: "settings", path: "/settings", ready: "nav a[href='/settings/hours']:visible" },
  { name: "settings-business", path: "/settings/business", ready: "main form input" },
  { name: "settings-hours", path: "/settings/hours", ready: "main form input" },
  { name: "settings-services", path: "/settings/services", ready: "main li a[href^='/settings/services/']" },
  { name: "settings-service", path: "/settings/services/botox", ready: "main form input" },
  {
    name: "settings-provider",
    path: "/settings/providers",
    open: (page) => page.locator("main li a[href^='/settings/providers/']").first().click(),
    ready: "main form input",
  },
  {
    name: "settings-answers",
    path: "/settings/answers",
    open: async (page) => {
      await page.getByLabel("Question", { exact: true }).fill("Do you sell gift cards?");
      await page.getByRole("button", { name: "Ask Ava" }).click();
    },
    ready: "main .try-answer",
  },
  { name: "settings-tags", path: "/settings/tags", ready: "main form input" },
  { name: "settings-channels", path: "/settings/channels", ready: "main li h3" },
  { name: "settings-outbox", path: "/settings/outbox", ready: ".state-title, main ul[aria-label] li" },
  { name: "settings-journal", path: "/settings/journal", ready: "main select" },
  { name: "settings-consents", path: "/settings/consents", ready: ".state-title, main ul[aria-label] li" },
  { name: "settings-account", path: "/settings/account", ready: "main input[type=password]" },
  { name: "settings-people", path: "/settings/people", ready: "main dl" },
  { name: "settings-tokens", path: "/settings/tokens", ready: ".state-title, main ul[aria-label] li" },
  {
    name: "palette",
    path: "/inbox",
    open: (page) => page.keyboard.press("Control+k"),
    ready: "[role=option]",
    overlay: true,
  },
  {
    name: "shortcuts",
    path: "/inbox",
    open: (page) => page.keyboard.press("?"),
    ready: "[role=dialog] kbd",
    overlay: true,
  },
];

/** Goes to a page of the list, and waits until it shows something. */
export async function goTo(page, base, { path, open, ready }, with_ = {}) {
  await page.goto(base + path);
  await page.locator(".top-live[data-state=live]").waitFor({ state: "attached" });
  if (open) {
    await page.locator(".rows .row, .state-title, main h1").first().waitFor();
    await open(page, with_);
  }
  await page.locator(ready).first().waitFor();
}
