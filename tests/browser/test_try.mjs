// SPDX-License-Identifier: Apache-2.0
// The page on which a newcomer is the customer and sees the desk beside it.
import assert from "node:assert/strict";

let last = Math.floor(Math.random() * 8_000_000) + 1_000_000;
const number = () => `+1555${last++}`;
const you = (page) => page.getByRole("region", { name: "You, the customer" });
const desk = (page) => page.getByRole("region", { name: "What the desk sees" });

async function open(page, base, way) {
  await page.goto(`${base}/try?way=${way}`);
  await you(page).getByLabel(way === "email" ? "Your address" : "Your number").waitFor();
}

export const tests = {
  "try: a text is answered, the desk sees both, and its conversation opens": async ({ page, base }) => {
    await open(page, base, "sms");
    await desk(page).getByText("The desk knows nothing of it yet").waitFor();
    const field = you(page).getByLabel("Your number");
    await field.fill("+1555");
    await you(page).getByRole("alert").waitFor();
    await field.fill(number());
    await you(page).getByRole("button", { name: "What are your hours?" }).click();
    await you(page).locator("[data-mine=false]").getByText("We are open").waitFor();
    await desk(page).locator(".message[data-direction=outbound]").getByText("We are open").waitFor();
    await you(page).getByLabel("Message to Ava").fill("How much is a facial?");
    await page.keyboard.press("Enter");
    await desk(page).locator(".message[data-direction=inbound]").getByText("How much is a facial?").waitFor();
    assert.equal(await you(page).getByLabel("Message to Ava").inputValue(), "");
    await desk(page).getByRole("link", { name: "Open the conversation" }).click();
    await page.locator(".conversation .thread").getByText("We are open").waitFor();
  },

  "try: an e-mail is answered, and so is the answer to it": async ({ page, base }) => {
    await open(page, base, "email");
    await you(page).getByLabel("Your address").fill(`Nora New <nora${last++}@example.com>`);
    await you(page).getByRole("button", { name: "Opening hours" }).click();
    await you(page).getByRole("button", { name: "Send" }).click();
    await you(page).getByRole("button", { name: "Reply" }).click();
    assert.equal(await you(page).getByLabel("Subject").inputValue(), "Re: Opening hours");
    await you(page).getByLabel("Message to Ava").fill("And on Monday?");
    await you(page).getByRole("button", { name: "Send" }).click();
    await desk(page).locator(".message[data-direction=inbound]").getByText("And on Monday?").waitFor();
    await you(page).getByRole("button", { name: "Reply" }).nth(1).waitFor();
  },

  "try: a call without a microphone, seen from both sides": async ({ page, base }) => {
    await open(page, base, "voice");
    await you(page).getByLabel("Your number").fill(number());
    await you(page).getByRole("button", { name: "Call Ava" }).click();
    await you(page).getByText("Sound on").click();
    await you(page).getByLabel("What you say").fill("What are your hours?");
    await you(page).getByRole("button", { name: "Say", exact: true }).click();
    await you(page).locator("[data-mine=true]").getByText("What are your hours?").waitFor();
    await desk(page).locator(".turn[data-direction=outbound]").first().waitFor();
    await you(page).getByRole("button", { name: "Hang up" }).click();
    await you(page).getByText("The call has ended").waitFor();
    await desk(page).getByRole("article", { name: "Call" }).locator(".turn").first().waitFor();
    await you(page).getByRole("button", { name: "Put it away" }).click();
    await you(page).getByRole("button", { name: "Call Ava" }).waitFor();
  },

  "try: a sandbox that is away is told, and looked for again": async ({ page, base }) => {
    const away = { status: 503, contentType: "application/problem+json", body: '{"title":"Unavailable","status":503}' };
    await page.route("**/api/sandbox/**", (route) => route.fulfill(away));
    await page.goto(`${base}/try`);
    await page.getByText("The sandbox does not answer").waitFor();
    await page.unroute("**/api/sandbox/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await you(page).getByRole("button", { name: "What are your hours?" }).waitFor();
  },
};
