// SPDX-License-Identifier: Apache-2.0
// The calendar, with the business of the seed medical-spa (New York). Each test has a day of its own.
import assert from "node:assert/strict";
import { addCustomer, asProgram, unique } from "./api.mjs";

const base_ = process.env.AVA_URL;
const token = process.env.AVA_TOKEN;

async function ask(path) {
  const answer = await fetch(base_ + path, { headers: { Authorization: `Bearer ${token}` } });
  return answer.json();
}

const later = (day, days) => new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const free = async (day, provider) =>
  (await ask(`/api/appointments/availability?service=botox&provider=${provider}&date_from=${day}&date_to=${day}&limit=100`)).slots ?? [];

let lastDay = later(new Date().toISOString().slice(0, 10), 20);

/** A day that no other test uses, with two times of a provider a quarter of an hour apart. */
async function quietDay(provider = "amara_cole") {
  for (let i = 0; i < 30; i++) {
    lastDay = later(lastDay, 1);
    const slots = await free(lastDay, provider);
    const at = slots.findIndex((s, n) => slots[n + 1] && Date.parse(slots[n + 1].start) - Date.parse(s.start) === 900_000);
    if (at >= 0) return { day: lastDay, slots, first: slots[at], second: slots[at + 1] };
  }
  throw new Error("no free day");
}

async function booked(slot, who = unique("Cal Endar")) {
  const customer = await addCustomer({ name: who });
  const made = await asProgram("/api/appointments", { customer_id: customer.id, service: "botox", provider: slot.provider, start: slot.start });
  return { who, ...made };
}

const now = (id) => ask(`/api/appointments/${id}`);
const block = (page, made) => page.locator(`[data-appointment="${made.id}"]`);

/** The server says so, as soon as it knows. */
async function until(what, is) {
  for (let i = 0; i < 100; i++) {
    if (is(await what())) return;
    await new Promise((r) => setTimeout(r, 50));
  }
  assert.fail("it did not come to that");
}

export const tests = {
  "appointments: booked for a customer at a free time": async ({ page, base }) => {
    const { day } = await quietDay();
    const name = unique("Bo Oker");
    await addCustomer({ name });
    await page.goto(`${base}/appointments?view=day&day=${day}`);
    await page.getByText("Times in America/New York").filter({ visible: true }).waitFor();
    await page.keyboard.press("n");
    const form = page.getByRole("dialog");
    await form.getByRole("button", { name: "Book", exact: true }).click();
    await form.getByText("Choose a customer.").waitFor();
    await form.getByLabel("Customer", { exact: true }).fill(name);
    await form.getByRole("option", { name }).waitFor();
    await page.keyboard.press("Enter");
    await form.getByLabel("Service").selectOption("botox");
    await form.getByLabel("With").selectOption("amara_cole");
    await form.getByRole("group", { name: "Free times" }).getByRole("button").first().click();
    await form.getByRole("button", { name: "Book", exact: true }).click();
    await page.getByRole("button", { name: new RegExp(`${name}, Botox, Amara Cole`) }).waitFor();
  },

  "appointments: moved by keyboard, and put back": async ({ page, base }) => {
    const { day, first, second } = await quietDay();
    const made = await booked(first);
    await page.goto(`${base}/appointments?view=week&day=${day}`);
    await block(page, made).focus();
    await page.keyboard.press("m");
    await page.keyboard.press("ArrowDown");
    await page.getByRole("status").filter({ hasText: "Moving to" }).waitFor({ state: "attached" });
    await page.keyboard.press("Enter");
    await page.getByText(`The appointment of ${made.who} was moved`).waitFor();
    assert.equal(Date.parse((await now(made.id)).appointment_datetime), Date.parse(second.start));
    await page.getByRole("button", { name: "Undo" }).click();
    await until(() => now(made.id), (a) => Date.parse(a.appointment_datetime) === Date.parse(first.start));
    await block(page, made).focus();
    await page.keyboard.press("m");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Escape");
    assert.equal(Date.parse((await now(made.id)).appointment_datetime), Date.parse(first.start));
  },

  "appointments: dragged to another provider": async ({ page, base }) => {
    let mine, theirs;
    for (let i = 0; i < 12 && !theirs; i++) {
      mine = await quietDay("amara_cole");
      const others = await free(mine.day, "daniel_reyes");
      theirs = others.find((o) => mine.slots.some((s) => s.start === o.start));
    }
    assert.ok(theirs, "a time at which both are free");
    const made = await booked({ ...theirs, provider: "amara_cole" });
    await page.goto(`${base}/appointments?view=day&day=${mine.day}`);
    const from = await block(page, made).boundingBox();
    const to = await page.getByRole("region", { name: "Daniel Reyes" }).boundingBox();
    await page.mouse.move(from.x + 20, from.y + 8);
    await page.mouse.down();
    await page.mouse.move(to.x + 40, from.y + 12, { steps: 4 });
    await page.mouse.up();
    await page.getByText(`The appointment of ${made.who} was moved`).waitFor();
    const moved = await now(made.id);
    assert.deepEqual([moved.provider_key, Date.parse(moved.appointment_datetime)], ["daniel_reyes", Date.parse(theirs.start)]);
    assert.equal(await page.getByRole("dialog").count(), 0, "a drag is no click");
  },

  "appointments: outside of the hours it is asked first": async ({ page, base }) => {
    const { day, first } = await quietDay();
    const made = await booked(first);
    await page.goto(`${base}/appointments?view=week&day=${day}`);
    await block(page, made).focus();
    await page.keyboard.press("m");
    for (let i = 0; i < 24; i++) await page.keyboard.press("PageUp");
    await page.keyboard.press("Enter");
    const asks = page.getByRole("dialog");
    await asks.getByText("nobody who gives it works then").waitFor();
    await asks.getByRole("button", { name: "Move all the same" }).click();
    await until(() => now(made.id), (a) => Date.parse(a.appointment_datetime) < Date.parse(first.start));
  },

  "appointments: cancelled with a reason, and taken back": async ({ page, base }) => {
    const { day, first } = await quietDay();
    const made = await booked(first);
    await page.goto(`${base}/appointments?view=day&day=${day}`);
    await block(page, made).click();
    const shown = page.getByRole("dialog");
    await shown.getByRole("button", { name: "Cancel the appointment" }).click();
    await shown.getByLabel("Reason").fill("Has a cold");
    await shown.getByRole("button", { name: "Cancel the appointment" }).click();
    await block(page, made).waitFor({ state: "detached" });
    const gone = await now(made.id);
    assert.deepEqual([gone.status, gone.cancellation_reason], ["cancelled", "Has a cold"]);
    await page.getByRole("button", { name: "Undo" }).click();
    await block(page, made).waitFor();
    assert.equal((await now(made.id)).status, "scheduled");
  },

  "appointments: closures, hours and conflicts are seen, and what others book appears": async ({ page, base }) => {
    const { day, first, second } = await quietDay();
    const closed = later(day, 7);
    await asProgram("/api/admin/business/closures", { from: closed, reason: "Stocktaking" });
    // Another program can write what booking would not: one person at two places.
    await page.route("**/api/appointments?*", async (route) => {
      const answer = await route.fetch();
      const body = await answer.json();
      for (const a of body.appointments) a.provider_key = a.provider = "amara_cole";
      await route.fulfill({ response: answer, json: body });
    });
    await page.goto(`${base}/appointments?view=week&day=${closed}`);
    await page.getByText("Closed: Stocktaking").waitFor();
    await page.keyboard.press("k");
    const one = await booked(first);
    await block(page, one).waitFor();
    const other = await addCustomer({ name: unique("Con Flict") });
    const two = await asProgram("/api/appointments", { customer_id: other.id, service: "massage", provider: "sofia_marin", start: second.start, outside_hours: true });
    await page.getByRole("button", { name: /Conflict$/ }).first().waitFor();
    assert.match(await block(page, two).getAttribute("aria-label"), /Conflict/);
  },
};
