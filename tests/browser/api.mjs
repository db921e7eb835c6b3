// SPDX-License-Identifier: Apache-2.0
// What the tests put into the server, as a program would: with a token, over the documented interface.
const base = process.env.AVA_URL;
const token = process.env.AVA_TOKEN;

async function post(path, body) {
  const answer = await fetch(base + path, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

export async function asGet(path) {
  const answer = await fetch(base + path, { headers: { Authorization: `Bearer ${token}`, Accept: "application/json" } });
  if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Any other request. */
export const asProgram = post;
export const addCustomer = (customer) => post("/api/customers", customer);
export const addConversation = (conversation) => post("/api/admin/communications", conversation);
export const addMessage = (id, direction, content) =>
  post(`/api/admin/communications/${id}/messages`, { direction, content });
export const addDetails = (messageId, kind, details) => post(`/api/admin/messages/${messageId}/${kind}`, details);
export const addEvent = (id, event_type, details) =>
  post(`/api/admin/communications/${id}/events`, { event_type, details });

let made = 0;

/** A text no other test or earlier run has used. */
export const unique = (words) => `${words} ${Date.now().toString(36)}${made++}`;

/** A number that no other test or earlier run has used. */
export const uniquePhone = () => `+1555${String(Date.now() % 100000).padStart(5, "0")}${String(made++ % 100).padStart(2, "0")}`;

/** A customer with a conversation in which they have said something. */
export async function startConversation({ name, channel = "sms", subject, says = "Hello" }) {
  const customer = await addCustomer({ name });
  const conversation = await addConversation({ channel, customer_id: customer.id, subject });
  await addMessage(conversation.id, "inbound", says);
  return { customer, conversation };
}
