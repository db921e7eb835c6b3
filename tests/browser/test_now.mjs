// SPDX-License-Identifier: Apache-2.0
// The page of what happens right now.
import assert from "node:assert/strict";
import { addMessage, startConversation, unique } from "./api.mjs";
import { findings } from "./test_axe.mjs";

const part = (page, name) => page.getByRole("region", { name: new RegExp(`^${name}`) });

/** The sandbox, as its own clients ask it. */
async function sandbox(path, body) {
  const answer = await fetch(process.env.AVA_SANDBOX_URL + path, { method: "POST", body: JSON.stringify(body) });
  assert.equal(answer.ok, true, path);
  return answer.json();
}

let last = Math.floor(Math.random() * 8_000_000) + 1_000_000;

const numberWords = (number) => `${number.slice(0, 2)} ${number.slice(2, 5)} ${number.slice(5, 8)} ${number.slice(8)}`;

export const tests = {
  "now: a call is seen while it goes on, with every word, and is ended by the staff": async ({ page, base }) => {
    const from = `+1555${last++}`;
    await page.goto(`${base}/live`);
    await part(page, "Calls").waitFor();
    await sandbox("/sandbox/call", { from, script: [{ wait: 300 }, { say: "What are your hours?" }, { silence: 600000 }] });
    const call = part(page, "Calls").getByRole("listitem", { name: numberWords(from) });
    await call.locator(".turn[data-direction=outbound]").first().waitFor();
    await call.locator(".turn[data-direction=inbound]").first().waitFor({ timeout: 20_000 });
    await call.getByRole("button", { name: "End the call" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End the call" }).click();
    await page.getByText(/Ava is saying goodbye/).waitFor();
    await call.waitFor({ state: "detached", timeout: 20_000 });
  },

  "now: a call is listened in to, by keyboard, until the listener has heard enough": async ({ page, base }) => {
    const from = `+1555${last++}`;
    const heard = new Set();
    let closed = false;
    page.on("websocket", (socket) => {
      if (!socket.url().endsWith("/listen")) return;
      socket.on("close", () => (closed = true));
      socket.on("framereceived", ({ payload }) => {
        const said = JSON.parse(payload.toString());
        if (said.type === "audio" && said.data.length) heard.add(said.speaker);
      });
    });
    await page.goto(`${base}/live`);
    await part(page, "Calls").waitFor();
    await sandbox("/sandbox/call", { from, script: [{ silence: 1500 }, { say: "What are your hours?" }, { silence: 600000 }] });
    const call = part(page, "Calls").getByRole("listitem", { name: numberWords(from) });
    await call.getByRole("button", { name: "Listen in" }).focus();
    await page.keyboard.press("Enter");
    await call.getByText("You hear this call").waitFor();
    for (let i = 0; i < 150 && heard.size < 2; i++) await page.waitForTimeout(100);
    assert.deepEqual([...heard].sort(), ["assistant", "customer"], "both sides come");
    assert.deepEqual(await findings(page), [], "nothing is wrong for axe");
    await page.keyboard.press("Enter");
    await call.getByRole("button", { name: "Listen in" }).waitFor();
    assert.equal(closed, true, "it is over for the server too");
    await call.getByRole("button", { name: "End the call" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End the call" }).click();
    await call.waitFor({ state: "detached", timeout: 20_000 });
  },

  "now: who writes appears by itself, and is taken over": async ({ page, base }) => {
    const name = unique("Writer");
    await page.goto(`${base}/live`);
    await part(page, "Writing now").waitFor();
    const { conversation } = await startConversation({ name, channel: "sms" });
    await addMessage(conversation.id, "inbound", "Is anybody there?");
    const row = part(page, "Writing now").getByRole("listitem").filter({ hasText: name });
    await row.getByText("Is anybody there?").waitFor();
    await row.getByRole("button", { name: "Take over" }).click();
    await page.waitForURL(new RegExp(`/inbox/${conversation.id}`));
    await page.getByRole("button", { name: "Hand back" }).waitFor();
  },

  "now: the owner sees what Ava depends on": async ({ page, base }) => {
    await page.goto(`${base}/live`);
    await part(page, "What Ava depends on").getByText("Database").waitFor();
    await part(page, "On its way out").getByText("Not sent").waitFor();
  },
};
