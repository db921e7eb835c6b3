// SPDX-License-Identifier: Apache-2.0
// The page /call: by a link without an account, typed and spoken. The microphone is a file that is
// spoken for the test; the model that hears it is the sandbox's stand-in, which knows by loudness that
// somebody speaks and is told what they said.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { asProgram } from "./api.mjs";
import { launch } from "./browser.mjs";

const run = promisify(execFile);
const sandbox = process.env.AVA_SANDBOX_URL;
const admin = "/api/admin/communications";
const log = (page) => page.getByRole("log", { name: "What was said" });
const button = (page, name) => page.getByRole("button", { name, exact: true });

async function asSandbox(path, body) {
  const answer = await fetch(`${sandbox}${path}`, {
    method: body ? "POST" : "DELETE",
    headers: { "Content-Type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  assert.ok(answer.ok, await answer.text());
}

/** A fresh link, and the session that it opens. */
async function link(more = {}) {
  return asProgram("/api/admin/voice/links", { minutes: 5, ...more });
}

/** The finished conversation of a call. */
async function written(session) {
  const headers = { Authorization: `Bearer ${process.env.AVA_TOKEN}` };
  for (;;) {
    const list = await (await fetch(`${process.env.AVA_URL}${admin}?channel=voice`, { headers })).json();
    const row = list.conversations.find((c) => JSON.stringify(c.metadata).includes(session) && c.status !== "active");
    if (row) return (await fetch(`${process.env.AVA_URL}${admin}/${row.id}`, { headers })).json();
    await new Promise((go) => setTimeout(go, 100));
  }
}

/** A browser of its own whose microphone is a caller who waits so long, says that, and so on. */
async function withMicrophone(words, flags, use) {
  const folder = await mkdtemp(`${tmpdir()}/ava-call-`);
  const file = `${folder}/caller.wav`;
  await run("python3", [new URL("speak.py", import.meta.url).pathname, file, ...words]);
  const browser = await launch([
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-audio-capture=${file}%noloop`,
    "--autoplay-policy=no-user-gesture-required",
    ...flags,
  ]);
  try {
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(15_000);
    await use(page).catch(async (error) => {
      await page.screenshot({ path: new URL("out/a-call.png", import.meta.url).pathname });
      throw error;
    });
  } finally {
    await browser.close();
    await rm(folder, { recursive: true });
  }
}

export const tests = {
  "signed out: a link calls without a microphone": async ({ page }) => {
    await asSandbox("/sandbox/realtime");
    const { url, session_id } = await link();
    await page.goto(url);
    await button(page, "Type instead").click();
    await page.getByText("Ava is").waitFor();
    assert.equal(new URL(page.url()).hash, "", "the secret is gone from the address");
    await log(page).getByText(/calling|help/i).first().waitFor();
    await asSandbox("/sandbox/realtime", { says: "Gladly.", voice_ms: 600 });
    await page.getByRole("textbox", { name: "Type what you want to say" }).fill("When do you <b>open</b>?");
    await button(page, "Send").click();
    await log(page).getByText("When do you <b>open</b>?").waitFor();
    await log(page).getByText("Gladly.").waitFor();
    await page.getByText("Ava is listening").waitFor(); // it was heard, not only sent
    await button(page, "Hang up").click();
    await page.getByText("The call has ended.").waitFor();
    const whole = await written(session_id);
    assert.equal(whole.conversation.status, "completed");
    assert.match(whole.messages[0].content, /When do you <b>open<\/b>\?[\s\S]*Gladly\./);
    await button(page, "Call again").waitFor();
    await page.goto("about:blank");
    await page.goto(url);
    await button(page, "Type instead").click();
    await page.getByRole("alert").getByText("This link has been used for a call already").waitFor();
  },

  "signed out: without link or account the page says what is needed": async ({ page, base }) => {
    await page.goto(`${base}/call`);
    await button(page, "Type instead").click();
    await page.getByRole("alert").getByText("A call needs a link").waitFor();
    await button(page, "Call").waitFor();
  },

  "signed out: no microphone is told in words": async ({ page }) => {
    await page.goto((await link()).url);
    await button(page, "Call").click();
    await page.getByRole("alert").getByText(/no microphone|does not let|could not be opened/).waitFor();
    await button(page, "Type instead").click();
    await button(page, "Hang up").waitFor();
    await button(page, "Hang up").click();
    await page.getByText("The call has ended.").waitFor();
  },

  "signed out: a microphone that is not allowed is told in words": async () => {
    const { url } = await link();
    await withMicrophone(["0", "hello"], ["--deny-permission-prompts"], async (page) => {
      await page.goto(url);
      await button(page, "Call").click();
      await page.getByRole("alert").getByText("does not let this page use the microphone").waitFor();
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Type instead");
    });
  },

  "signed out: a customer books by voice": async () => {
    await asSandbox("/sandbox/realtime");
    const phone = `+1202555${String(1000 + (Date.now() % 9000))}`;
    const customer = await asProgram("/api/customers", { name: "Dana Fox", phone });
    const { url, session_id } = await link({ customer_id: customer.id });
    const words = ["I would like to book a HydraFacial", "The second one please, my name is Dana Fox"];
    for (const text of words) await asSandbox("/sandbox/realtime/heard", { text });
    await withMicrophone(["6", words[0], "16", words[1]], ["--use-fake-ui-for-media-stream"], async (page) => {
      await page.goto(url);
      await button(page, "Call").click();
      await button(page, "Hang up").waitFor();
      await page.getByRole("meter", { name: "Your microphone" }).waitFor();
      await page.getByText("Ava is speaking").waitFor();
      await button(page, "Stop talking").click();
      await page.getByText("Ava is listening").waitFor();
      await log(page).getByText(words[0]).waitFor();
      await log(page).getByText("Which suits you?").waitFor();
      await log(page).getByText(words[1]).waitFor({ timeout: 30_000 });
      await log(page).getByText("is booked for").waitFor();
      await button(page, "Hang up").click();
      await page.getByText("The call has ended.").waitFor();
    });
    const whole = await written(session_id);
    assert.equal(whole.conversation.customer.name, "Dana Fox");
    assert.equal(whole.conversation.outcome, "appointment_scheduled");
    const voice = whole.messages[0].voice;
    assert.ok(voice.function_calls.some((f) => f.name === "book_appointment"));
    assert.equal(voice.interruption_count, 1);
    const plan = await (await fetch(`${process.env.AVA_URL}/api/customers/${customer.id}/history`, {
      headers: { Authorization: `Bearer ${process.env.AVA_TOKEN}` },
    })).json();
    assert.equal(plan.appointments.length, 1);
  },
};
