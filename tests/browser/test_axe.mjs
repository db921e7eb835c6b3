// SPDX-License-Identifier: Apache-2.0
// Every page as axe-core sees it: no violation of WCAG 2.2 A and AA, in light, dark and on a phone.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { addDetails, addEvent, addMessage, startConversation, unique } from "./api.mjs";
import { goTo, pages } from "./pages.mjs";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const looks = {
  light: { colorScheme: "light", size: { width: 1280, height: 800 } },
  dark: { colorScheme: "dark", size: { width: 1280, height: 800 } },
  phone: { colorScheme: "light", size: { width: 375, height: 740 } },
};

/** One of everything that a conversation can show. */
async function everything() {
  const { conversation } = await startConversation({ name: unique("Axe"), subject: "A subject" });
  const sent = { from_number: "+15550100000", to_number: "+15550100001", provider_message_id: unique("SM") };
  const failed = await addMessage(conversation.id, "outbound", "This did not arrive");
  await addDetails(failed.id, "sms", { ...sent, delivery_status: "undelivered", error_code: "30006" });
  const letter = await addMessage(conversation.id, "inbound", "Dear Ava,\n\n> is it free?");
  await addDetails(letter.id, "email", {
    subject: "Monday?", body_text: "x", body_html: "<p>x</p>", from_address: "a@example.com", to_address: "b@example.com",
  });
  await addEvent(conversation.id, "escalation_requested", { reason: "unknown" });
  await addEvent(conversation.id, "error", { text: "it broke" });
  return conversation.id;
}

let conversation;

/** What axe finds, a line a finding. Its own script gets around the page's policy by the debugger. */
export async function findings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    iframes: false,
  }));
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.html.slice(0, 160)} ${n.failureSummary?.replaceAll(/\s+/g, " ").slice(0, 200)}`));
}

export const tests = Object.fromEntries(Object.entries(looks).map(([name, look]) => [
  `axe: no page has a fault of accessibility, ${name}`,
  async ({ page, base }) => {
    conversation ??= await everything();
    await page.emulateMedia({ colorScheme: look.colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize(look.size);
    const all = [];
    for (const one of pages) {
      if (one.overlay && name === "phone") continue;
      await goTo(page, base, one, { conversation });
      for (const finding of await findings(page)) all.push(`${one.name}: ${finding}`);
    }
    assert.deepEqual(all, []);
  },
]));
