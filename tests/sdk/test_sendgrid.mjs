// SPDX-License-Identifier: Apache-2.0
// SendGrid's own Node clients, unchanged, against the sandbox: @sendgrid/mail sends by it, and
// @sendgrid/eventwebhook takes the signatures of what it posts.
//
//   AVA_BIN    the program; the test starts a sandbox of its own with it
//
// Speaks TAP.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { EventWebhook, EventWebhookHeader } from '@sendgrid/eventwebhook';
import mail from '@sendgrid/mail';

const { MailService } = mail;
const token = `SG.${randomBytes(12).toString('hex')}`; // the sandbox's own; the client wants the SG
const desk = 'desk@in.example.org';
const tests = [];
const test = (name, run) => tests.push({ name, run });
const customer = () => `customer-${randomBytes(5).toString('hex')}@example.com`;

if (!process.env.AVA_BIN) {
  console.log('1..0 # SKIP AVA_BIN is not set: the sandbox to test');
  process.exit(0);
}

// --- the product's place: remembers what was posted

const posts = [];
const product = createServer((req, res) => {
  const parts = [];
  req.on('data', (part) => parts.push(part));
  req.on('end', () => {
    posts.push({ path: req.url, headers: req.headers, body: Buffer.concat(parts) });
    res.writeHead(200).end('{}');
  });
});
await new Promise((resolve) => product.listen(0, '127.0.0.1', resolve));

// --- a sandbox of its own

const folder = mkdtempSync(join(tmpdir(), 'ava-sendgrid-'));
const sandbox = spawn(process.env.AVA_BIN, ['sandbox', '--sandbox-port', '0'], {
  cwd: folder,
  env: {
    ...process.env,
    AVA_DATA_DIR: folder,
    AVA_TWILIO_AUTH_TOKEN: token,
    AVA_PUBLIC_URL: `http://127.0.0.1:${product.address().port}`,
  },
  stdio: ['ignore', 'pipe', 'ignore'],
});
const sandboxUrl = await new Promise((resolve, reject) => {
  createInterface({ input: sandbox.stdout }).on('line', (line) => {
    const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
    if (found) resolve(found[0]);
  });
  sandbox.on('exit', (status) => reject(new Error(`the sandbox ended with ${status}`)));
});
const ended = new Promise((resolve) => sandbox.on('exit', resolve));

/** The client as its documents show it, with another address: a setting that it has. */
function clientWith(key) {
  const client = new MailService();
  client.setApiKey(key);
  client.client.setDefaultRequest('baseUrl', sandboxUrl);
  return client;
}
const client = clientWith(token);

const ask = async (path, body) => {
  const answer = await fetch(sandboxUrl + path, body && { method: 'POST', body: JSON.stringify(body) });
  assert.equal(answer.status, 200, await answer.clone().text());
  return answer.json();
};
const mailsWith = async (address) => (await ask(`/sandbox/mail?with=${encodeURIComponent(address)}`)).mails;

async function until(what, check) {
  for (const end = Date.now() + 10000; Date.now() < end; ) {
    const value = await check();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not happen`);
}

const letter = (to, more) => ({ to, from: { email: desk, name: 'The desk' }, subject: 'Café ☃', text: 'Hi', ...more });

async function refusedWith(status, field, message) {
  const error = await client.send(message).then(() => null, (e) => e);
  assert.ok(error, `${field} was taken`);
  assert.equal(error.constructor.name, 'ResponseError');
  assert.equal(error.code, status);
  assert.ok(Array.isArray(error.response.body.errors), JSON.stringify(error.response.body));
  if (field) assert.equal(error.response.body.errors[0].field, field);
  assert.ok(error.response.body.errors[0].message.length > 10);
}

// --- @sendgrid/mail

test('an e-mail is sent, with its alternatives, headers, files and arguments', async () => {
  const to = customer();
  const [answer] = await client.send(letter({ email: to, name: 'Ann' }, {
    html: '<p>Hi</p>',
    replyTo: 'desk+abc@in.example.org',
    headers: { 'In-Reply-To': '<a@example.com>', References: '<b@example.com> <a@example.com>', 'Auto-Submitted': 'auto-replied' },
    customArgs: { ava_message: '42' },
    attachments: [{ content: Buffer.from('a file').toString('base64'), filename: 'q.txt', type: 'text/plain', disposition: 'attachment' }],
  }));
  assert.equal(answer.statusCode, 202);
  assert.match(answer.headers['x-message-id'], /^[\w-]{22}$/);
  assert.ok(Number(answer.headers['x-ratelimit-remaining']) < Number(answer.headers['x-ratelimit-limit']));
  assert.ok(Number(answer.headers['x-ratelimit-reset']) * 1000 > Date.now() - 1000);
  const [got] = await mailsWith(to);
  assert.equal(got.id, answer.headers['x-message-id']);
  assert.deepEqual([got.subject, got.text, got.html, got.from, got.from_name, got.reply_to],
    ['Café ☃', 'Hi', '<p>Hi</p>', desk, 'The desk', 'desk+abc@in.example.org']);
  assert.deepEqual(got.references, ['<b@example.com>', '<a@example.com>']);
  assert.ok(got.headers.includes('Auto-Submitted: auto-replied'));
  const file = await fetch(sandboxUrl + got.files[0].path);
  assert.equal(await file.text(), 'a file');
  assert.equal(file.headers.get('content-disposition'), 'attachment');
});

test('several at once, each their own', async () => {
  const people = [customer(), customer()];
  const [answer] = await client.sendMultiple(letter(people));
  assert.equal(answer.statusCode, 202);
  for (const to of people) assert.equal((await mailsWith(to)).length, 1);
});

test('errors are those that the client knows', async () => {
  const to = customer();
  await refusedWith(400, 'personalizations.0.to.0.email', letter('nobody'));
  await refusedWith(400, 'personalizations.0.to', letter([to, to]));
  await refusedWith(400, 'content', letter(to, { content: [{ type: 'text/html', value: '<p>x</p>' }, { type: 'text/plain', value: 'x' }], text: undefined }));
  await refusedWith(400, 'headers.Subject', letter(to, { headers: { Subject: 'x' } }));
  await refusedWith(400, 'send_at', letter(to, { sendAt: Math.floor(Date.now() / 1000) + 80 * 3600 }));
  await refusedWith(400, 'categories', letter(to, { categories: [...'abcdefghijk'] }));
  await refusedWith(400, 'custom_args', letter(to, { customArgs: { a: 'x'.repeat(10001) } }));
  await refusedWith(400, 'attachments.0.content', letter(to, { attachments: [{ content: '*', filename: 'x' }] }));
  await refusedWith(403, 'from', letter(to, { from: 'somebody@elsewhere.example' }));
  const error = await clientWith('SG.wrong').send(letter(to)).catch((e) => e);
  assert.equal(error.code, 401);
  assert.deepEqual(await mailsWith(to), []);
});

test('what was refused or lost by a fault is known to the client', async () => {
  const to = customer();
  await ask('/sandbox/faults', { api: 'mail', status: 429, count: 1, retry_after: 2 });
  const error = await client.send(letter(to)).catch((e) => e);
  assert.equal(error.code, 429);
  assert.equal(error.response.headers['retry-after'], '2');
  assert.deepEqual(await mailsWith(to), []);
  await ask('/sandbox/faults', { api: 'mail', status: 'after_send_timeout', hang_ms: 50, count: 1 });
  const cut = await client.send(letter(to)).catch((e) => e);
  assert.ok(!cut.code || cut.code === 'ECONNRESET' || cut.code >= 500, String(cut.code));
  assert.equal((await mailsWith(to)).length, 1);
  assert.equal((await client.send(letter(to), false))[0].statusCode, 202);
});

test('a test of the settings sends nothing', async () => {
  const to = customer();
  const [answer] = await client.send(letter(to, { mailSettings: { sandboxMode: { enable: true } } }));
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(await mailsWith(to), []);
});

// --- @sendgrid/eventwebhook

const webhook = new EventWebhook();
const key = webhook.convertPublicKeyToECDSA((await ask('/sandbox/mail/key')).public_key);
const signed = ({ headers, body }) => webhook.verifySignature(key, body.toString(),
  headers[EventWebhookHeader.SIGNATURE().toLowerCase()], headers[EventWebhookHeader.TIMESTAMP().toLowerCase()]);

/** The events about that address, of posts whose signature is right. */
function eventsOf(address) {
  return posts.filter((post) => post.path === '/api/webhooks/sendgrid/events' && signed(post))
    .flatMap((post) => JSON.parse(post.body)).filter((event) => event.email === address);
}

test('events are signed, and carry what the e-mail brought', async () => {
  const to = customer();
  const [answer] = await client.send(letter(to, { customArgs: { ava_message: '7', email: 'stays' }, categories: ['desk'] }));
  await until('delivery', () => eventsOf(to).some((e) => e.event === 'delivered'));
  for (const event of eventsOf(to)) {
    assert.ok(event.sg_message_id.startsWith(answer.headers['x-message-id']));
    assert.deepEqual([event.ava_message, event.email, event.category], ['7', to, ['desk']]);
    assert.ok(Math.abs(event.timestamp - Date.now() / 1000) < 60);
  }
  assert.deepEqual(eventsOf(to).map((e) => e.event), ['processed', 'delivered']);
  const [{ seq }] = await mailsWith(to);
  await ask('/sandbox/mail/event', { seq, event: 'click', url: 'https://example.com/a' });
  await until('a click', () => eventsOf(to).some((e) => e.event === 'click' && e.url === 'https://example.com/a'));
  await ask('/sandbox/mail/event', { seq, event: 'unsubscribe' });
  await until('an unsubscription', () => eventsOf(to).some((e) => e.event === 'unsubscribe'));
  await client.send(letter(to));
  await until('a drop', () => eventsOf(to).some((e) => e.event === 'dropped' && e.reason === 'Unsubscribed Address'));
});

test('who does not exist bounces', async () => {
  const to = `bounce-${customer()}`;
  await client.send(letter(to));
  const bounce = await until('a bounce', () => eventsOf(to).find((e) => e.event === 'bounce'));
  assert.deepEqual([bounce.type, bounce.status], ['bounce', '5.1.1']);
});

test('forged and altered copies do not pass the client', async () => {
  for (const status of ['forged', 'altered']) {
    const to = customer();
    posts.length = 0;
    await ask('/sandbox/faults', { api: 'mail', status, count: 1 });
    await client.send(letter(to));
    await until('delivery', () => eventsOf(to).some((e) => e.event === 'delivered'));
    const right = posts.filter(signed).length;
    assert.equal(posts.length, 2 * right, `${status}: a copy before each`);
    assert.equal(eventsOf(to).length, 2);
  }
});

test('duplicates have the same id; the last may come first', async () => {
  const twice = customer();
  await ask('/sandbox/faults', { api: 'mail', status: 'duplicate', count: 1 });
  await client.send(letter(twice));
  const all = await until('four events', () => eventsOf(twice).length >= 4 && eventsOf(twice));
  assert.equal(new Set(all.map((e) => e.sg_event_id)).size, 2);
  const backwards = customer();
  await ask('/sandbox/faults', { api: 'mail', status: 'reordered', count: 1 });
  await client.send(letter(backwards));
  await until('both', () => eventsOf(backwards).length === 2);
  assert.deepEqual(eventsOf(backwards).map((e) => e.event), ['delivered', 'processed']);
});

test('what customers write is posted as a form, signed in the same way', async () => {
  const from = customer();
  posts.length = 0;
  for (const by of ['parsed', 'raw']) {
    const { status } = await ask('/sandbox/mail', { from: `Ann Müller <${from}>`, subject: 'Grüße', text: 'Hallo\n', by,
      files: [{ name: 'a.txt', type: 'text/plain', data: Buffer.from('a file').toString('base64') }] });
    assert.equal(status, 200);
  }
  const [parsed, raw] = posts.filter((post) => post.path === '/api/webhooks/sendgrid/email');
  for (const post of [parsed, raw]) {
    assert.ok(signed(post));
    assert.equal(post.headers.authorization, `Basic ${Buffer.from(`ava:${token}`).toString('base64')}`);
  }
  const form = await new Response(parsed.body, { headers: { 'Content-Type': parsed.headers['content-type'] } }).formData();
  assert.equal(form.get('subject'), 'Grüße');
  assert.equal(form.get('from'), `Ann Müller <${from}>`);
  assert.equal(form.get('text').trim(), 'Hallo');
  assert.deepEqual(JSON.parse(form.get('envelope')), { to: [desk], from });
  assert.equal(await form.get('attachment1').text(), 'a file');
  assert.equal(JSON.parse(form.get('attachment-info')).attachment1.filename, 'a.txt');
  const whole = await new Response(raw.body, { headers: { 'Content-Type': raw.headers['content-type'] } }).formData();
  assert.match(whole.get('email'), /^From: .*\r?\n/);
  assert.equal(whole.get('text'), null);
});

console.log(`1..${tests.length}`);
let failures = 0;
for (const [i, { name, run }] of tests.entries()) {
  try {
    await run();
    console.log(`ok ${i + 1} - ${name}`);
  } catch (error) {
    failures++;
    console.log(`${String(error.stack).replace(/^/gm, '# ')}\nnot ok ${i + 1} - ${name}`);
  }
}
sandbox.kill('SIGTERM');
const status = await ended;
product.close();
product.closeAllConnections();
rmSync(folder, { recursive: true, force: true });
if (status !== 0) console.log(`# the sandbox ended with ${status}`);
process.exit(failures || status !== 0 ? 1 : 0);
