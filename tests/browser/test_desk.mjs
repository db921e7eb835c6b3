// SPDX-License-Identifier: Apache-2.0
// What the staff share: who looks and types, templates for replies, views of the inbox.
import assert from "node:assert/strict";
import { addConversation, addCustomer, addMessage, asProgram, startConversation, unique, uniquePhone } from "./api.mjs";
import { signIn } from "./browser.mjs";

const thread = (page) => page.getByRole("log");

async function open(page, base, conversation) {
  await page.goto(`${base}/inbox/${conversation.id}`);
  await thread(page).waitFor();
}

/** Another member of the staff, in a browser of their own. */
async function colleague(context, base, name) {
  const email = `${unique("staff").replaceAll(" ", "")}@example.com`;
  const password = "correct horse battery";
  await asProgram("/api/admin/users", { name, email, password, role: "agent" });
  const other = await context.browser().newContext();
  other.setDefaultTimeout(10_000);
  const page = await other.newPage();
  await signIn(page, base, email, password);
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
  return page;
}

export const tests = {
  "two who look at one conversation see each other, and who types": async ({ page, context, base }) => {
    const { conversation } = await startConversation({ name: unique("Shared") });
    const name = unique("Bea");
    const bea = await colleague(context, base, name);
    try {
      await open(page, base, conversation);
      await open(bea, base, conversation);
      await page.getByRole("img", { name: `${name} is looking at this too` }).waitFor();
      await bea.getByRole("img", { name: "Olive Owner is looking at this too" }).waitFor();
      await bea.getByLabel("Reply to the customer").pressSequentially("We");
      await page.getByText(`${name} is typing…`).waitFor();
      await bea.keyboard.press("Escape");
      await page.getByText(`${name} is typing…`).waitFor({ state: "detached" });
    } finally {
      await bea.context().close();
    }
    await page.getByRole("img", { name: `${name} is looking at this too` }).waitFor({ state: "detached" });
  },

  "a template is written in the settings and taken by key, with its places filled in": async ({ page, base }) => {
    const [name, gone] = [unique("Directions"), unique("Gone")];
    await page.goto(`${base}/settings/templates`);
    await page.getByRole("button", { name: "New template" }).click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByLabel("What it says").fill("Hello ");
    await page.getByRole("button", { name: "customer's first name" }).click();
    await page.keyboard.type(", we are at Main Street.");
    await page.getByText("Hello Jordan, we are at Main Street.").waitFor();
    await page.getByRole("button", { name: "Save" }).click();
    const list = page.getByRole("list", { name: "Templates" });
    await list.getByText(name).waitFor();
    await asProgram("/api/admin/reply-templates", { name: gone, body: "Bye {{customer_first_name}}", channel: "email" });
    await list.getByText(gone).waitFor(); // told by the live socket
    await page.getByRole("button", { name: `Take ${gone} away` }).click();
    await list.getByText(gone).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await list.getByText(gone).waitFor();

    const { conversation } = await startConversation({ name: "Petra Quinn" });
    await open(page, base, conversation);
    const box = page.getByLabel("Reply to the customer");
    await box.focus();
    await page.keyboard.press("Control+/");
    const field = page.getByRole("combobox", { name: "Search the templates" });
    await field.fill(gone);
    await page.getByText("None is like that.").waitFor(); // it is for e-mail
    await field.fill(name);
    await page.getByRole("option", { name }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForFunction(() => document.activeElement?.id === "answering-text");
    assert.equal(await box.inputValue(), "Hello Petra, we are at Main Street.");
  },

  "a place that is not known is not sent": async ({ page, base }) => {
    const name = unique("Unknown");
    const customer = await addCustomer({ name: "+15550009999", phone: uniquePhone() });
    const conversation = await addConversation({ channel: "sms", customer_id: customer.id });
    await addMessage(conversation.id, "inbound", "Hello");
    await asProgram("/api/admin/reply-templates", { name, body: "Dear {{customer_first_name}}!" });
    await open(page, base, conversation);
    await page.getByRole("button", { name: "Take a template" }).click();
    await page.getByRole("option", { name }).click();
    const box = page.getByLabel("Reply to the customer");
    await page.waitForFunction(() => document.activeElement?.selectionEnd === 28 && document.activeElement.selectionStart === 5);
    await page.getByText("Fill in what stands in {{ }} first").waitFor();
    assert.equal(await page.getByRole("button", { name: "Send" }).getAttribute("aria-disabled"), "true");
    await page.keyboard.type("neighbour");
    assert.equal(await box.inputValue(), "Dear neighbour!");
    await page.keyboard.press("Control+Enter");
    await thread(page).locator(".message").getByText("Dear neighbour!").waitFor();
  },

  "filters are kept as a view, changed, shared and taken away": async ({ page, base }) => {
    const name = unique("Mine");
    await page.goto(`${base}/inbox?channel=email&unread=true`);
    await page.getByRole("button", { name: "Save this view" }).click();
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.getByRole("switch", { name: "For everybody" }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    const views = page.getByRole("group", { name: "Saved views" });
    const chip = views.getByRole("link", { name });
    await chip.waitFor();
    assert.equal(await chip.getAttribute("aria-current"), "true");
    await chip.click();
    await page.waitForURL(`${base}/inbox`);
    await chip.click();
    await page.waitForURL(/channel=email/);
    await page.getByRole("button", { name: "Unread", exact: true }).click();
    await views.getByRole("button", { name: `Keep the present filters: ${name}` }).click();
    await page.goto(`${base}/inbox`);
    await chip.click();
    await page.waitForURL((url) => url.search === "?channel=email");
    await views.getByRole("button", { name: `More on ${name}` }).click();
    await page.getByRole("menuitem", { name: "Take the view away" }).click();
    await chip.waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await chip.waitFor();
  },

  "a customer's other open conversation is one click away": async ({ page, base }) => {
    const { customer, conversation } = await startConversation({ name: unique("Twice") });
    const mail = await addConversation({ channel: "email", customer_id: customer.id, subject: "By mail too" });
    await addMessage(mail.id, "inbound", "Hello again");
    await open(page, base, conversation);
    await page.getByRole("navigation", { name: "Other conversations" }).getByRole("link", { name: /By mail too/ }).click();
    await page.waitForURL(new RegExp(mail.id));
  },
};
