// SPDX-License-Identifier: Apache-2.0
// Twilio's own Node client, unchanged, against the sandbox, and its signatures against the product.
//
//   AVA_SANDBOX_URL    the sandbox, such as http://127.0.0.1:8025
//   AVA_TWILIO_TOKEN   its token
//   AVA_URL            the product; without it the product's part is skipped
//   AVA_PUBLIC_URL     what the product believes to be its public address; else AVA_URL
//   AVA_TWILIO_ACCOUNT, AVA_TWILIO_NUMBER: when they are not the sandbox's own
//
// Speaks TAP. The client has no setting for another host, so its HTTP client is wrapped; that is
// all that differs from production.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';

import twilio from 'twilio';

const require = createRequire(import.meta.url);
const { getExpectedTwilioSignature } = require('twilio/lib/webhooks/webhooks');

const sandboxUrl = process.env.AVA_SANDBOX_URL;
const token = process.env.AVA_TWILIO_TOKEN;
if (!sandboxUrl || !token) {
  console.log('Bail out! AVA_SANDBOX_URL and AVA_TWILIO_TOKEN name the sandbox to test');
  process.exit(2);
}
const health = await fetch(`${sandboxUrl}/health`).then(
  (answer) => answer.json(),
  (error) => {
    console.log(`Bail out! no sandbox answers at ${sandboxUrl}: ${error.cause ?? error}`);
    process.exit(2);
  },
);
const account = process.env.AVA_TWILIO_ACCOUNT ?? health.account;
const number = process.env.AVA_TWILIO_NUMBER ?? health.number;

/** Twilio's RequestClient, sent to the sandbox instead. */
class SandboxClient extends twilio.RequestClient {
  request(options) {
    const uri = new URL(options.uri);
    assert.equal(uri.host, 'api.twilio.com');
    return super.request({ ...options, uri: sandboxUrl + uri.pathname + uri.search });
  }
}

const clientWith = (secret, options = {}) =>
  twilio(account, secret, { httpClient: new SandboxClient(options) });
const client = clientWith(token);
const tests = [];
const test = (name, run) => tests.push({ name, run });
const customer = () => `+1555010${String(randomBytes(2).readUInt16BE() % 10000).padStart(4, '0')}`;

async function until(what, ms, check) {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    const value = await check();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not happen within ${ms} ms`);
}

async function sandboxFault(fault) {
  const method = fault ? 'POST' : 'DELETE';
  const body = fault ? JSON.stringify(fault) : undefined;
  const answer = await fetch(`${sandboxUrl}/sandbox/faults`, { method, body });
  assert.equal(answer.status, 200);
}

test('the vectors that our own tests use are what the client computes', () => {
  const file = new URL('../unit/data/twilio_signature.json', import.meta.url);
  const vectors = JSON.parse(readFileSync(file, 'utf8'));
  assert.equal(vectors.length, 20);
  for (const v of vectors) {
    const params = {};
    for (const [name, value] of v.params) {
      params[name] = name in params ? [params[name], value].flat() : value;
    }
    assert.equal(getExpectedTwilioSignature(v.token, v.url, params), v.expected, v.name);
    if (/^https?:/.test(v.url)) {
      const url = v.request_url ?? v.url;
      assert.ok(twilio.validateRequest(v.token, v.expected, url, params), v.name);
    }
    if (v.body) {
      assert.ok(twilio.validateRequestWithBody(v.token, v.expected, v.url, v.body), v.name);
    }
  }
});

test('creates, reads and lists messages', async () => {
  const to = customer();
  const since = new Date(Date.now() - 1000);
  const made = await client.messages.create({ to, from: number, body: 'Booked & paid: 3 pm ☃' });
  assert.match(made.sid, /^SM[0-9a-f]{32}$/);
  assert.equal(made.accountSid, account);
  assert.equal(made.status, 'queued');
  assert.equal(made.direction, 'outbound-api');
  assert.equal(made.numSegments, '1');
  assert.equal(made.errorCode, null);
  assert.equal(made.dateSent, null);
  assert.ok(made.dateCreated instanceof Date && made.dateCreated >= since);

  const read = await until('delivery', 5000, async () => {
    const m = await client.messages(made.sid).fetch();
    return m.status === 'delivered' && m;
  });
  assert.equal(read.body, 'Booked & paid: 3 pm ☃');
  assert.ok(read.dateSent instanceof Date);

  for (let i = 0; i < 4; i++) {
    await client.messages.create({ to, from: number, body: `number ${i}` });
  }
  const all = await client.messages.list({ to, from: number, pageSize: 2 });
  assert.deepEqual(
    all.map((m) => m.body),
    ['number 3', 'number 2', 'number 1', 'number 0', 'Booked & paid: 3 pm ☃'],
  );
  const limited = await client.messages.list({ to, limit: 3 });
  assert.equal(limited.length, 3);
  const sent = await until('all sent', 5000, async () => {
    const list = await client.messages.list({ to, dateSentAfter: since });
    return list.length === 5 && list;
  });
  assert.equal(sent.length, 5);
  assert.equal((await client.messages.list({ to, dateSentBefore: since })).length, 0);
  assert.equal((await client.messages.list({ to: '+15550100' + '9999999' })).length, 0);
});

test('errors are those that the client knows', async () => {
  const create = (more) => client.messages.create({ to: customer(), from: number, body: 'x', ...more });
  await assert.rejects(create({ to: '+15005550001' }), { status: 400, code: 21211 });
  await assert.rejects(create({ to: '+15005550004' }), { status: 400, code: 21610 });
  await assert.rejects(create({ from: '+15550100001' }), { status: 400, code: 21606 });
  await assert.rejects(create({ body: 'x'.repeat(1601) }), { status: 400, code: 21617 });
  await assert.rejects(create({ statusCallback: 'nowhere' }), { status: 400, code: 21609 });
  await assert.rejects(client.messages(`SM${'0'.repeat(32)}`).fetch(), { status: 404, code: 20404 });
  await assert.rejects(clientWith('wrong').messages.list({ limit: 1 }), { status: 401, code: 20003 });
});

test('more errors, as the client gives them', async () => {
  const create = (more) => client.messages.create({ to: customer(), from: number, body: 'x', ...more });
  const service = `MG${'1'.repeat(32)}`;
  await assert.rejects(create({ to: '' }), { code: 21604 });
  await assert.rejects(create({ to: 'nobody' }), { code: 21211 });
  await assert.rejects(create({ body: '' }), { code: 21602 });
  await assert.rejects(create({ from: '' }), { code: 21603 });
  await assert.rejects(create({ from: 'me' }), { code: 21212 });
  await assert.rejects(create({ from: undefined, messagingServiceSid: 'MGx' }), { code: 21705 });
  await assert.rejects(create({ mediaUrl: ['nowhere'] }), { code: 21620 });
  await assert.rejects(create({ mediaUrl: Array(11).fill('https://example.com/a.jpg') }), { code: 21623 });
  const error = await create({ to: '+15005550009' }).catch((e) => e);
  assert.equal(error.constructor.name, 'RestException');
  assert.deepEqual([error.code, error.status], [21614, 400]);
  assert.equal(error.moreInfo, 'https://www.twilio.com/docs/errors/21614');
  assert.ok(error.message.length > 10);
  const made = await create({ from: undefined, messagingServiceSid: service });
  assert.deepEqual([made.messagingServiceSid, made.from], [service, number]);
});

test('messages are redacted, cancelled and forgotten', async () => {
  const made = await client.messages.create({ to: customer(), from: number, body: 'a secret' });
  await until('delivery', 5000, async () => (await client.messages(made.sid).fetch()).status === 'delivered');
  await assert.rejects(client.messages(made.sid).update({ body: 'another' }), { status: 400 });
  assert.equal((await client.messages(made.sid).update({ body: '' })).body, '');
  assert.equal((await client.messages(made.sid).fetch()).body, '');
  await assert.rejects(client.messages(made.sid).update({ status: 'canceled' }), { status: 409 });
  assert.equal(await client.messages(made.sid).remove(), true);
  await assert.rejects(client.messages(made.sid).fetch(), { status: 404, code: 20404 });
  assert.equal((await client.messages.list({ to: made.to })).length, 0);

  const later = await client.messages.create({
    to: customer(),
    messagingServiceSid: `MG${'2'.repeat(32)}`,
    body: 'see you tomorrow',
    scheduleType: 'fixed',
    sendAt: new Date(Date.now() + 3_600_000),
  });
  assert.equal(later.status, 'scheduled');
  assert.equal((await client.messages(later.sid).update({ status: 'canceled' })).status, 'canceled');
});

async function fromCustomer(text) {
  const answer = await fetch(`${sandboxUrl}/sandbox/text`, { method: 'POST', body: JSON.stringify(text) });
  assert.equal(answer.status, 200);
  return answer.json();
}

test('files of a customer are listed, fetched and forgotten', async () => {
  const bytes = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
  const { message_sid: sid } = await fromCustomer({
    from: customer(),
    body: 'look',
    media: [{ type: 'image/jpeg', data: bytes.toString('base64') }, { type: 'image/png', data: 'iVBORw0KGgo=' }],
  });
  assert.match(sid, /^MM/);
  const message = await client.messages(sid).fetch();
  assert.deepEqual([message.direction, message.status, message.numMedia], ['inbound', 'received', '2']);
  const files = await client.messages(sid).media.list();
  assert.deepEqual(files.map((f) => f.contentType).sort(), ['image/jpeg', 'image/png']);
  const file = await client.messages(sid).media(files.find((f) => f.contentType === 'image/jpeg').sid).fetch();
  assert.equal(file.parentSid, sid);
  const url = sandboxUrl + file.uri.replace(/\.json$/, '');
  const headers = { Authorization: `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}` };
  assert.equal((await fetch(url)).status, 401);
  const led = await fetch(url, { headers, redirect: 'manual' });
  assert.equal(led.status, 307);
  const got = await fetch(led.headers.get('location'));
  assert.deepEqual(Buffer.from(await got.arrayBuffer()), bytes);
  assert.equal(await client.messages(sid).media(file.sid).remove(), true);
  assert.equal((await client.messages(sid).media.list()).length, 1);
  await assert.rejects(client.messages(sid).media(file.sid).fetch(), { status: 404 });
});

test('who texted STOP is not texted until START', async () => {
  const from = customer();
  const create = () => client.messages.create({ to: from, from: number, body: 'x' });
  await fromCustomer({ from, body: 'Stop' });
  await assert.rejects(create(), { status: 400, code: 21610 });
  await fromCustomer({ from, body: 'start' });
  assert.equal((await create()).status, 'queued');
});

test('the client waits and tries again when told to', async () => {
  await sandboxFault({ status: 429, count: 2 });
  const patient = clientWith(token, { autoRetry: true });
  const made = await patient.messages.create({ to: customer(), from: number, body: 'patience' });
  assert.equal(made.status, 'queued');
  await sandboxFault({ status: 503, count: 1 });
  await assert.rejects(client.messages.create({ to: customer(), from: number, body: 'x' }), {
    status: 503,
    code: 20503,
  });
  await sandboxFault(null);
});

test('status callbacks carry a signature that the client takes', async () => {
  const seen = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (part) => (body += part));
    req.on('end', () => {
      seen.push({ headers: req.headers, target: req.url, params: Object.fromEntries(new URLSearchParams(body)) });
      res.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  try {
    const statusCallback = `${base}/status?of=1&name=it's`;
    const made = await client.messages.create({ to: customer(), from: number, body: 'x', statusCallback });
    await until('three callbacks', 5000, () => seen.length >= 3);
    for (const { headers, target, params } of seen) {
      assert.equal(params.MessageSid, made.sid);
      const signature = headers['x-twilio-signature'];
      assert.ok(twilio.validateRequest(token, signature, base + target, params));
      assert.ok(!twilio.validateRequest(`${token}x`, signature, base + target, params));
    }
    assert.deepEqual(seen.map((s) => s.params.MessageStatus).sort(), ['delivered', 'queued', 'sent']);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});

/** What Twilio's middleware for Express makes of a request: its status, 200 when it lets it pass. */
function throughMiddleware({ headers, target, params, host }) {
  const middleware = twilio.webhook(token, { protocol: 'http', host });
  return new Promise((resolve) => {
    const lower = Object.fromEntries(Object.entries(headers).map(([k, v]) => [k.toLowerCase(), v]));
    const request = {
      headers: lower,
      header: (name) => lower[name.toLowerCase()],
      body: params,
      originalUrl: target,
      url: target,
      protocol: 'http',
    };
    const response = {
      type: () => response,
      status: (status) => ({ send: () => resolve(status) }),
    };
    middleware(request, response, () => resolve(200));
  });
}

test("webhooks pass Twilio's own middleware, forged copies do not", async () => {
  const seen = [];
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (part) => (body += part));
    req.on('end', () => {
      seen.push({
        headers: req.headers,
        target: req.url,
        params: Object.fromEntries(new URLSearchParams(body)),
        host: req.headers.host,
      });
      res.writeHead(204).end();
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const statusCallback = `http://127.0.0.1:${server.address().port}/status?a=b`;
    await sandboxFault({ status: 'forged', count: 1 });
    await client.messages.create({ to: customer(), from: number, body: 'x', statusCallback });
    await until('six callbacks', 5000, () => seen.length >= 6);
    const passed = await Promise.all(seen.map(throughMiddleware));
    assert.deepEqual(passed.toSorted(), [200, 200, 200, 403, 403, 403]);
    await sandboxFault({ status: 'altered', count: 1 });
    await client.messages.create({ to: customer(), from: number, body: 'x', statusCallback });
    await until('six more', 5000, () => seen.length >= 12);
    const again = await Promise.all(seen.slice(6).map(throughMiddleware));
    assert.deepEqual(again.toSorted(), [200, 200, 200, 403, 403, 403]);
    const tokens = seen.map((s) => s.headers['i-twilio-idempotency-token']);
    assert.equal(new Set(tokens).size, seen.length);
    for (const s of seen) assert.match(s.headers['user-agent'], /^TwilioProxy\//);
  } finally {
    await sandboxFault(null);
    server.close();
    server.closeAllConnections();
  }
});

test('bodies of JSON are proven by their digest', () => {
  const body = JSON.stringify({ property: 'value', boolean: true });
  const digest = createHash('sha256').update(body).digest('hex');
  const url = `https://example.org/hook?bodySHA256=${digest}`;
  const signature = getExpectedTwilioSignature(token, url, {});
  assert.ok(twilio.validateRequestWithBody(token, signature, url, body));
  assert.ok(!twilio.validateRequestWithBody(token, signature, url, `${body} `));
});

async function postToProduct(params, signatureOf) {
  const path = '/api/webhooks/twilio/sms';
  const publicUrl = (process.env.AVA_PUBLIC_URL ?? process.env.AVA_URL).replace(/\/+$/, '');
  return fetch(process.env.AVA_URL.replace(/\/+$/, '') + path, {
    method: 'POST',
    headers: { 'X-Twilio-Signature': signatureOf(publicUrl + path, params) },
    body: new URLSearchParams(params),
  });
}

test('the product takes what the client signs, and nothing else', async (skip) => {
  if (!process.env.AVA_URL) return skip('AVA_URL is not set');
  const sid = `SM${randomBytes(16).toString('hex')}`;
  const params = {
    MessageSid: sid,
    SmsSid: sid,
    AccountSid: account,
    From: customer(),
    To: number,
    Body: 'Café ☃ a=b&c+d',
    NumMedia: '0',
    NumSegments: '1',
    ApiVersion: '2010-04-01',
    FromCity: '',
  };
  const right = (url, p) => getExpectedTwilioSignature(token, url, p);
  const taken = await postToProduct(params, right);
  assert.equal(taken.status, 200);
  assert.match(taken.headers.get('content-type'), /xml/);
  assert.match(await taken.text(), /<Response\s*\/>|<Response><\/Response>/);
  const forged = await postToProduct(params, (url, p) => getExpectedTwilioSignature('other', url, p));
  assert.equal(forged.status, 403);
  const changed = await postToProduct(params, (url, p) => right(url, { ...p, Body: 'other' }));
  assert.equal(changed.status, 403);
});

// ---- calls ----

/** A product that answers with these documents, by path, and keeps what it was asked. */
async function withProduct(documents, run) {
  const seen = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      const params = Object.fromEntries(new URLSearchParams(body));
      const url = `http://127.0.0.1:${server.address().port}${request.url}`;
      const signature = request.headers['x-twilio-signature'];
      seen.push({
        path: request.url,
        params,
        genuine: twilio.validateRequest(token, signature, url, params),
      });
      response.setHeader('Content-Type', 'text/xml');
      response.end(String(documents[request.url] ?? ''));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await run(`http://127.0.0.1:${server.address().port}`, seen);
  } finally {
    server.close();
  }
}

async function person(number, answers, script) {
  const body = JSON.stringify({ number, answers, script, after_ms: 50 });
  const answer = await fetch(`${sandboxUrl}/sandbox/people`, { method: 'POST', body });
  assert.equal(answer.status, 200);
}

const { VoiceResponse } = twilio.twiml;

test('calls are created, read, listed, ended and forgotten', async () => {
  const to = customer();
  await person(to, 'yes', [{ silence: 60000 }]);
  const twiml = new VoiceResponse();
  twiml.say({ voice: 'Polly.Joanna', language: 'en-US' }, 'Tom & Ann: "tomorrow" < 3?');
  twiml.pause({ length: 60 });
  const made = await client.calls.create({ to, from: number, twiml: twiml.toString() });
  assert.match(made.sid, /^CA[0-9a-f]{32}$/);
  assert.equal(made.accountSid, account);
  assert.equal(made.status, 'queued');
  assert.equal(made.direction, 'outbound-api');
  assert.equal(made.duration, null);
  assert.ok(made.dateCreated instanceof Date);
  const live = await until('an answer', 5000, async () => {
    const call = await client.calls(made.sid).fetch();
    return call.status === 'in-progress' && call;
  });
  assert.ok(live.startTime instanceof Date);
  await assert.rejects(client.calls(made.sid).remove(), { status: 409 });
  await assert.rejects(client.calls(made.sid).update({ status: 'canceled' }), { code: 21220 });
  const ended = await client.calls(made.sid).update({ status: 'completed' });
  assert.equal(ended.status, 'completed');
  assert.ok(ended.endTime instanceof Date && Number(ended.duration) >= 1);
  await assert.rejects(client.calls(made.sid).update({ status: 'completed' }), { status: 400, code: 21220 });
  const record = await fetch(`${sandboxUrl}/sandbox/calls/${made.sid}`).then((answer) => answer.json());
  assert.equal(record.moments.find((m) => m.what === 'heard').text, 'Tom & Ann: "tomorrow" < 3?');

  for (let i = 0; i < 3; i++) {
    await person(to, 'busy');
    await client.calls.create({ to, from: number, twiml: twiml.toString() });
  }
  const all = await until('all ended', 5000, async () => {
    const list = await client.calls.list({ to, pageSize: 2 });
    return list.every((call) => ['busy', 'completed'].includes(call.status)) && list;
  });
  assert.deepEqual(
    all.map((call) => call.status),
    ['busy', 'busy', 'busy', 'completed'],
  );
  assert.equal((await client.calls.list({ to, status: 'busy', limit: 2 })).length, 2);
  assert.ok(await client.calls(made.sid).remove());
  await assert.rejects(client.calls(made.sid).fetch(), { status: 404, code: 20404 });
});

test('the errors of calls are those that the client knows', async () => {
  const twiml = '<Response><Hangup/></Response>';
  const create = (more) => client.calls.create({ to: customer(), from: number, twiml, ...more });
  await assert.rejects(create({ to: '' }), { status: 400, code: 21201 });
  await assert.rejects(create({ from: '' }), { status: 400, code: 21213 });
  await assert.rejects(create({ to: '+15005550001' }), { status: 400, code: 21217 });
  await assert.rejects(create({ to: '+15005550003' }), { status: 400, code: 21215 });
  await assert.rejects(create({ from: '+15550100001' }), { status: 400, code: 21210 });
  await assert.rejects(create({ twiml: undefined }), { status: 400, code: 21205 });
  await assert.rejects(create({ twiml: undefined, url: 'nowhere' }), { status: 400, code: 21205 });
  await assert.rejects(create({ statusCallback: 'nowhere' }), { status: 400, code: 21609 });
  await assert.rejects(create({ twiml: '<Response>' }), { status: 400, code: 12100 });
  await assert.rejects(create({ twiml: '<Response><Speak/></Response>' }), { status: 400, code: 12200 });
  await assert.rejects(client.calls(`CA${'0'.repeat(32)}`).fetch(), { status: 404, code: 20404 });
  await assert.rejects(client.calls(`CA${'0'.repeat(32)}`).update({ twiml }), { status: 404, code: 20404 });
  await assert.rejects(clientWith('wrong').calls.list({ limit: 1 }), { status: 401, code: 20003 });
  await sandboxFault({ api: 'calls', status: 503, count: 1 });
  await assert.rejects(create(), { status: 503, code: 20503 });
  await sandboxFault(null);
});

test('what the library writes as TwiML is taken, and a call follows it', async () => {
  const to = customer();
  const first = new VoiceResponse();
  const gather = first.gather({ action: '/keys', numDigits: 1, timeout: 10, input: 'dtmf' });
  gather.say('Press one');
  first.hangup();
  const second = new VoiceResponse();
  second.record({
    action: '/kept',
    maxLength: 1,
    playBeep: true,
    recordingStatusCallback: '/recording',
    recordingStatusCallbackEvent: 'completed',
  });
  const third = new VoiceResponse();
  third.dial({ action: '/dialled', timeout: 3, answerOnBridge: true, callerId: number }).number(
    { url: '/whisper', statusCallback: '/leg', statusCallbackEvent: 'initiated ringing answered completed' },
    '+15550100555',
  );
  const whisper = new VoiceResponse();
  whisper.say('A caller');
  const last = new VoiceResponse();
  last.connect({ action: '/stream' }).stream({ url: 'wss://127.0.0.1:1/media', name: 's' }).parameter({ name: 'a', value: '<b>' });
  const documents = { '/': first, '/keys': second, '/kept': third, '/whisper': whisper, '/dialled': last };
  documents['/stream'] = '<Response><Redirect method="POST">/end</Redirect></Response>';
  documents['/end'] = new VoiceResponse();
  await person(to, 'yes', [{ silence: 200 }, { press: '1' }, { tone: 300, ms: 1500 }, { silence: 60000 }]);
  await person('+15550100555', 'yes', [{ say: 'Hello' }, { silence: 200 }]);
  await withProduct(documents, async (url, seen) => {
    const made = await client.calls.create({
      to,
      from: number,
      url: `${url}/`,
      statusCallback: `${url}/status`,
      statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
    });
    const of = (path) => seen.filter((r) => r.path === path).map((r) => r.params);
    await until('the end', 20000, () => of('/status').length === 4 && of('/leg').length === 4 && of('/recording').length);
    assert.ok(seen.every((r) => r.genuine && r.params.AccountSid === account));
    const bySequence = (a, b) => Number(a.SequenceNumber) - Number(b.SequenceNumber);
    assert.deepEqual(
      of('/status').sort(bySequence).map((p) => p.CallStatus),
      ['initiated', 'ringing', 'in-progress', 'completed'],
    );
    assert.equal(of('/keys')[0].Digits, '1');
    assert.equal(of('/dialled')[0].DialCallStatus, 'completed');
    assert.equal(of('/whisper')[0].ParentCallSid, made.sid);
    assert.equal(of('/end').length, 1);
    const [recording] = await client.recordings.list({ callSid: made.sid });
    assert.equal(recording.sid, of('/recording')[0].RecordingSid);
    const read = await client.recordings(recording.sid).fetch();
    assert.equal(read.callSid, made.sid);
    const basic = `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`;
    const wav = await fetch(`${of('/recording')[0].RecordingUrl}.wav`, { headers: { Authorization: basic } });
    assert.equal(Buffer.from(await wav.arrayBuffer()).subarray(0, 4).toString(), 'RIFF');
    assert.equal((await fetch(`${of('/recording')[0].RecordingUrl}.wav`)).status, 401);
    assert.ok(await client.recordings(recording.sid).remove());
    await assert.rejects(client.recordings(recording.sid).fetch(), { status: 404, code: 20404 });
  });
});

test('a live call is led to another document by the client', async () => {
  const to = customer();
  await person(to, 'yes', [{ silence: 60000 }]);
  const waiting = new VoiceResponse();
  waiting.pause({ length: 600 });
  const made = await client.calls.create({ to, from: number, twiml: waiting.toString() });
  await until('an answer', 5000, async () => (await client.calls(made.sid).fetch()).status === 'in-progress');
  const other = new VoiceResponse();
  other.say('There you are');
  await client.calls(made.sid).update({ twiml: other.toString() });
  await until('the end', 5000, async () => (await client.calls(made.sid).fetch()).status === 'completed');
  const record = await fetch(`${sandboxUrl}/sandbox/calls/${made.sid}`).then((answer) => answer.json());
  assert.equal(record.moments.find((m) => m.what === 'heard').text, 'There you are');
});

console.log(`1..${tests.length}`);
let failures = 0;
for (const [i, { name, run }] of tests.entries()) {
  let skipped;
  try {
    await run((reason) => (skipped = reason));
    console.log(`ok ${i + 1} - ${name}${skipped ? ` # SKIP ${skipped}` : ''}`);
  } catch (error) {
    failures++;
    console.log(`${String(error.stack).replace(/^/gm, '# ')}\nnot ok ${i + 1} - ${name}`);
  }
}
process.exit(failures ? 1 : 0);
