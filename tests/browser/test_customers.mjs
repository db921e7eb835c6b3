// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { addConversation, addCustomer, addMessage, asProgram, unique } from "./api.mjs";

const rows = (page) => page.locator(".rows .row");
let numbers = 0;
/** A number nobody has had in this or an earlier run. */
const number = () => `+1555${String(Date.now() % 1_000_000).padStart(6, "0")}${numbers++ % 10}`;

async function talk(customer, channel, subject) {
  const { id } = await addConversation({ channel, customer_id: customer.id, subject });
  await addMessage(id, "inbound", `About ${subject}`);
  return id;
}

export const tests = {
  "customers: found by name, number and address as one types, and opened by keyboard": async ({ page, base }) => {
    const name = unique("Quirina Zeller");
    const phone = number();
    const email = `${phone.slice(1)}@example.com`;
    const customer = await addCustomer({ name, phone, email });
    await page.goto(`${base}/customers`);
    await rows(page).first().waitFor();
    for (const words of [name.toLowerCase(), phone.slice(5), email]) {
      await page.keyboard.press("/");
      await page.keyboard.press("Control+a");
      await page.keyboard.type(words);
      await page.waitForURL((url) => url.searchParams.get("q") === words);
      await page.getByText("1 found").waitFor();
      assert.equal(await rows(page).count(), 1);
    }
    await page.getByLabel("Search customers").blur();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/customers/${customer.id}?**`);
    await page.getByRole("heading", { name, level: 2 }).waitFor();
    await page.keyboard.press("Escape");
    await page.waitForURL((url) => url.pathname === "/customers");
  },

  "customers: nobody found says so, and what was looked for stays in the address": async ({ page, base }) => {
    await page.goto(`${base}/customers?q=zzzyyyxxx`);
    await page.getByText("Nobody found for “zzzyyyxxx”").waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await page.waitForURL((url) => !url.searchParams.has("q"));
    await rows(page).first().waitFor();
  },

  "customers: one timeline has every channel, and one channel alone": async ({ page, base }) => {
    const customer = await addCustomer({ name: unique("Timo Line") });
    const text = unique("The text");
    const letter = unique("The letter");
    const id = await talk(customer, "sms", text);
    await talk(customer, "email", letter);
    await page.goto(`${base}/customers/${customer.id}`);
    await page.getByText(`E-mail: ${letter}`, { exact: true }).waitFor();
    await page.getByText(`Text: ${text}`, { exact: true }).waitFor();
    await page.getByRole("link", { name: "Texts", exact: true }).click();
    await page.waitForURL("**?only=sms");
    await page.getByText(`E-mail: ${letter}`, { exact: true }).waitFor({ state: "detached" });
    // What happens while one looks appears by itself.
    const later = unique("A later text");
    await asProgram(`/api/admin/communications/${id}/complete`, {});
    await talk(customer, "sms", later);
    await page.getByText(`Text: ${later}`, { exact: true }).click();
    await page.waitForURL("**/inbox/*");
  },

  "customers: what is wrong stands at its field, a change is saved, and undone": async ({ page, base }) => {
    const name = unique("Edda Byers");
    const customer = await addCustomer({ name });
    await page.goto(`${base}/customers/${customer.id}`);
    await page.getByRole("heading", { name, level: 2 }).waitFor();
    await page.keyboard.press("e");
    const form = page.getByRole("dialog");
    await form.getByLabel("Name").fill("");
    await form.getByLabel("Time zone").fill("Chicago");
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("A customer needs a name.").waitFor();
    await form.getByLabel("Name").fill(`${name} Jr`);
    await form.getByRole("button", { name: "Save" }).click();
    await form.getByText("such as America/Chicago", { exact: false }).filter({ hasText: "zone is" }).waitFor();
    assert.equal(await form.getByLabel("Time zone").getAttribute("aria-invalid"), "true");
    await form.getByLabel("Time zone").fill("America/Chicago");
    await form.getByLabel("Allergies").selectOption("yes");
    await form.getByRole("button", { name: "Save" }).click();
    await page.getByRole("heading", { name: `${name} Jr`, level: 2 }).waitFor();
    await page.getByText("America/Chicago").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("heading", { name, level: 2, exact: true }).waitFor();
  },

  "customers: a consent is written down with its reason": async ({ page, base }) => {
    const customer = await addCustomer({ name: unique("Connie Sent"), phone: number() });
    await page.goto(`${base}/customers/${customer.id}`);
    await page.getByRole("button", { name: "Write down a consent or refusal" }).click();
    const form = page.getByRole("dialog");
    await form.getByRole("button", { name: "Agree", exact: true }).click();
    await form.getByText("The ledger needs a reason.").waitFor();
    await form.getByLabel("Why").fill("Ticked the box on the paper form");
    await form.getByRole("button", { name: "Agree", exact: true }).click();
    await page.getByText("Texts: advertising", { exact: true }).waitFor();
    await page.getByText("Agreed", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Refuse: Texts: advertising" }).click();
    await form.getByLabel("Why").fill("Called and said no");
    await form.getByRole("button", { name: "Refuse", exact: true }).click();
    await page.getByText("Refused", { exact: true }).waitFor();
    await page.getByRole("button", { name: "History" }).click();
    await form.getByText("Ticked the box on the paper form", { exact: false }).waitFor();
    assert.equal(await form.getByRole("listitem").count(), 2);
  },

  "customers: two who are one are compared, merged, and split again": async ({ page, base }) => {
    const name = unique("Tessa Twin");
    const phone = number();
    const email = `${phone.slice(1)}@example.com`;
    const first = await addCustomer({ name, email, notes: "Likes tea" });
    const second = await addCustomer({ name: name.toUpperCase(), email: email.replace("example", "Example"), phone, has_allergies: true });
    const text = unique("Before the merge");
    await talk(second, "sms", text);
    await page.goto(`${base}/customers/${second.id}`);
    await page.getByRole("button", { name: `Compare with ${name}`, exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("row", { name: "Allergies" }).waitFor();
    assert.deepEqual(await dialog.getByRole("row", { name: "Allergies" }).getByRole("cell").allInnerTexts(), ["–", "Yes", "Yes"]);
    await dialog.getByRole("button", { name: "Merge", exact: true }).click();
    await page.waitForURL(`**/customers/${first.id}*`);
    await page.getByText(`Text: ${text}`, { exact: true }).waitFor();
    await page.getByText("Merged into this one").waitFor();
    // The old address leads to who was kept.
    await page.goto(`${base}/customers/${second.id}`);
    await page.waitForURL(`**/customers/${first.id}*`);
    await page.getByRole("button", { name: /^Split .* off again$/ }).click();
    await page.getByText("Merged into this one").waitFor({ state: "detached" });
    await page.getByText(`Text: ${text}`, { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: /is not the same person$/ }).click();
    await page.getByText("May be the same person").waitFor({ state: "detached" });
  },

  "customers: a note stands in the timeline, and is taken away and put back": async ({ page, base }) => {
    const customer = await addCustomer({ name: unique("Nora Note") });
    const words = unique("Prefers the room by the window");
    await page.goto(`${base}/customers/${customer.id}`);
    await page.getByLabel("Note for the staff").fill(words);
    await page.keyboard.press("Control+Enter");
    await page.getByRole("listitem").getByText(words, { exact: true }).waitFor();
    await page.getByRole("link", { name: "Notes", exact: true }).click();
    await page.waitForURL("**?only=note");
    await page.getByRole("button", { name: "Take the note away" }).click();
    await page.getByRole("listitem").getByText(words, { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("listitem").getByText(words, { exact: true }).waitFor();
  },

  "customers: all of a customer is saved as a file, and erased for good": async ({ page, base }) => {
    const name = unique("Ella Erase");
    const customer = await addCustomer({ name, notes: "Likes tea", has_allergies: true });
    await talk(customer, "sms", unique("Before it is erased"));
    await page.goto(`${base}/customers/${customer.id}`);
    await page.getByRole("button", { name: "More", exact: true }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("menuitem", { name: "Save all data as a file" }).click()]);
    assert.equal(file.suggestedFilename(), `customer-${customer.id}.jsonl`);
    await page.getByRole("button", { name: "More", exact: true }).click();
    await page.getByRole("menuitem", { name: "Erase the customer's data" }).click();
    const dialog = page.getByRole("dialog");
    assert.equal(await dialog.getByRole("button", { name: "Erase", exact: true }).isDisabled(), true);
    await dialog.getByLabel("Take everything away for good").check();
    await dialog.getByRole("button", { name: "Erase", exact: true }).click();
    await page.getByRole("heading", { name: "Erased customer", level: 2 }).waitFor();
    await page.getByText("Likes tea").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Edit the customer" }).waitFor({ state: "detached" });
  },
};
