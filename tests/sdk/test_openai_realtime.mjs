// SPDX-License-Identifier: Apache-2.0
// The realtime client of OpenAI's own Node package, unchanged, against the sandbox's realtime model.
//
//   AVA_SANDBOX_URL    the sandbox, such as http://127.0.0.1:8025
//
// Speaks TAP.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';

import OpenAI from 'openai';
import { OpenAIRealtimeWS } from 'openai/realtime/ws';

const sandboxUrl = process.env.AVA_SANDBOX_URL;
if (!sandboxUrl) {
  console.log('Bail out! AVA_SANDBOX_URL names the sandbox to test');
  process.exit(2);
}
const model = 'ava-voice';
const tests = [];
const test = (name, run) => tests.push({ name, run });
const WAIT_MS = 10000;

// The package opens wss:// only; the sandbox speaks plainly, so TLS ends here.
function certificate() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'ava-sdk-'));
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => path.join(folder, name));
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const names = ['-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...options, ...names, ...files], { stdio: 'ignore' });
  const read = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) };
  fs.rmSync(folder, { recursive: true });
  return read;
}
const pem = certificate();
const door = tls.createServer(pem, (outside) => {
  const { hostname, port } = new URL(sandboxUrl);
  const inside = net.connect(Number(port), hostname);
  outside.pipe(inside).pipe(outside);
  for (const socket of [outside, inside]) socket.on('error', () => socket.destroy());
});
await new Promise((resolve) => door.listen(0, '127.0.0.1', resolve));
const secureUrl = `https://localhost:${door.address().port}`;

async function script(...turns) {
  const body = JSON.stringify(turns);
  const answer = await fetch(`${sandboxUrl}/sandbox/realtime`, { method: 'POST', body });
  assert.equal(answer.status, 200, await answer.text());
}
const seen = () => fetch(`${sandboxUrl}/sandbox/realtime`).then((answer) => answer.json());
const forget = () => fetch(`${sandboxUrl}/sandbox/realtime`, { method: 'DELETE' });

// A client that keeps what came, in its order, and waits for what is to come.
class Talk {
  constructor(options = {}) {
    this.events = [];
    this.waiting = [];
    this.read = 0;
    const client = new OpenAI({ baseURL: `${secureUrl}/v1`, apiKey: options.key ?? 'sk-test' });
    const { headers } = options;
    this.rt = new OpenAIRealtimeWS({ model, options: { ca: pem.cert, headers } }, client);
    this.rt.on('event', (event) => {
      this.events.push(event);
      this.waiting.forEach((wake) => wake());
    });
    this.rt.on('error', (error) => {
      this.error = error;
      this.waiting.forEach((wake) => wake());
    });
  }
  // The next event of that type; those before it are passed over.
  async next(type) {
    const until = Date.now() + WAIT_MS;
    for (;;) {
      while (this.read < this.events.length) {
        const event = this.events[this.read++];
        if (event.type === type) return event;
      }
      const left = until - Date.now();
      if (left <= 0) {
        const types = this.events.map((e) => e.type).join(' ');
        throw new Error(`no ${type} came, but: ${types} ${this.error ?? ''}`);
      }
      await new Promise((resolve) => {
        this.waiting.push(resolve);
        setTimeout(resolve, left);
      });
    }
  }
  types(from = 0) {
    return this.events.slice(from).map((e) => e.type);
  }
  send(event) {
    this.rt.send(event);
  }
  close() {
    this.rt.close();
  }
}

async function opened(options) {
  const talk = new Talk(options);
  await talk.next('session.created');
  return talk;
}

const phone = {
  type: 'realtime',
  output_modalities: ['audio'],
  instructions: 'You are a front desk.',
  audio: {
    input: {
      format: { type: 'audio/pcmu' },
      transcription: { model: 'gpt-4o-mini-transcribe' },
      turn_detection: { type: 'server_vad', silence_duration_ms: 200 },
    },
    output: { format: { type: 'audio/pcmu' }, voice: 'marin' },
  },
};

async function configured(more = {}, options = {}) {
  const talk = await opened(options);
  talk.send({ type: 'session.update', session: { ...phone, ...more } });
  talk.session = (await talk.next('session.updated')).session;
  return talk;
}

// 20 ms of the telephone's sound: loud, or silence.
const frame = (loud) => {
  const bytes = Buffer.alloc(160, 0xff);
  if (loud) for (let i = 0; i < 160; i++) bytes[i] = i % 16 < 8 ? 0x8f : 0x0f;
  return bytes.toString('base64');
};
function speak(talk, ms = 400, silence = 300) {
  for (let at = 0; at < ms; at += 20)
    talk.send({ type: 'input_audio_buffer.append', audio: frame(true) });
  for (let at = 0; at < silence; at += 20)
    talk.send({ type: 'input_audio_buffer.append', audio: frame(false) });
}
const bytes = (delta) => Buffer.from(delta, 'base64').length;

test('a session begins and takes its settings', async () => {
  const talk = await opened();
  const first = talk.events[0];
  assert.match(first.event_id, /^event_/);
  assert.match(first.session.id, /^sess_/);
  assert.equal(first.session.type, 'realtime');
  assert.equal(first.session.model, model);
  assert.equal(first.session.audio.input.turn_detection.type, 'server_vad');
  talk.send({ type: 'session.update', session: phone });
  const { session } = await talk.next('session.updated');
  assert.deepEqual(session.audio.output.format, { type: 'audio/pcmu' });
  assert.equal(session.audio.output.voice, 'marin');
  assert.equal(session.audio.input.turn_detection.silence_duration_ms, 200);
  assert.equal(session.audio.input.turn_detection.create_response, true);
  talk.close();
});

test('what is spoken is heard, written down and answered, in the order of the protocol', async () => {
  await script({ hears: 'Hello there', says: 'Good day. How may I help?' });
  const talk = await configured();
  const from = talk.events.length;
  speak(talk);
  const done = await talk.next('response.done');
  const once = [...new Set(talk.types(from))];
  assert.deepEqual(once.slice(0, 5), [
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
  ]);
  const order = [
    'response.created',
    'response.output_item.added',
    'response.content_part.added',
    'response.output_audio.delta',
    'response.output_audio.done',
    'response.output_audio_transcript.done',
    'response.content_part.done',
    'response.output_item.done',
    'response.done',
  ];
  assert.deepEqual(
    once.filter((type) => order.includes(type)),
    order,
  );
  const of = (type) => talk.events.find((e) => e.type === type);
  const heard = of('conversation.item.input_audio_transcription.completed');
  assert.equal(heard.transcript, 'Hello there');
  assert.equal(heard.item_id, of('input_audio_buffer.speech_started').item_id);
  assert.equal(done.response.status, 'completed');
  assert.equal(done.response.output[0].content[0].transcript, 'Good day. How may I help?');
  assert.equal(done.response.output[0].id, of('response.output_audio.delta').item_id);
  const sound = talk.events.filter((e) => e.type === 'response.output_audio.delta');
  const ms = sound.reduce((sum, e) => sum + bytes(e.delta), 0) / 8;
  assert.ok(ms >= 1000 && ms < 4000, `${ms} ms`);
  talk.close();
});

test('a function is called, and its result is answered', async () => {
  await script(
    { hears: 'Is it raining?', calls: [{ name: 'weather', arguments: { city: 'Ulm' } }] },
    { says: 'It is dry.' },
  );
  const parameters = { type: 'object', properties: { city: { type: 'string' } } };
  const tools = [{ type: 'function', name: 'weather', description: 'The weather', parameters }];
  const talk = await configured({ tools });
  speak(talk);
  const args = await talk.next('response.function_call_arguments.done');
  assert.equal(args.name, 'weather');
  assert.deepEqual(JSON.parse(args.arguments), { city: 'Ulm' });
  const { response } = await talk.next('response.done');
  const call = response.output[0];
  assert.equal(call.type, 'function_call');
  assert.equal(call.call_id, args.call_id);
  const item = { type: 'function_call_output', call_id: call.call_id, output: '{"rain":false}' };
  talk.send({ type: 'conversation.item.create', item });
  assert.equal((await talk.next('conversation.item.done')).item.output, '{"rain":false}');
  talk.send({ type: 'response.create' });
  const said = await talk.next('response.output_audio_transcript.done');
  assert.equal(said.transcript, 'It is dry.');
  talk.close();
});

test('speech interrupts, and what was not heard is forgotten', async () => {
  await script({ hears: 'Tell me all', says: 'Once upon a time', voice_ms: 9000 });
  const talk = await configured();
  speak(talk);
  const delta = await talk.next('response.output_audio.delta');
  await script({ hears: 'Stop', says: 'Yes?' });
  speak(talk);
  await talk.next('input_audio_buffer.speech_started');
  const cut = await talk.next('response.done');
  assert.equal(cut.response.status, 'cancelled');
  assert.equal(cut.response.status_details.reason, 'turn_detected');
  assert.equal(cut.response.output[0].status, 'incomplete');
  const about = { item_id: delta.item_id, content_index: 0 };
  talk.send({ type: 'conversation.item.truncate', ...about, audio_end_ms: 60000 });
  assert.equal((await talk.next('error')).error.code, 'invalid_value');
  talk.send({ type: 'conversation.item.truncate', ...about, audio_end_ms: 120 });
  assert.equal((await talk.next('conversation.item.truncated')).audio_end_ms, 120);
  talk.send({ type: 'conversation.item.delete', item_id: delta.item_id });
  assert.equal((await talk.next('conversation.item.deleted')).item_id, delta.item_id);
  talk.close();
});

test('the errors are those that clients know', async () => {
  await script({ says: 'A long story', voice_ms: 5000 });
  const talk = await configured();
  const refused = async (event, code) => {
    talk.send({ event_id: `my_${code}`, ...event });
    const { error } = await talk.next('error');
    assert.equal(error.code, code);
    assert.equal(error.event_id, `my_${code}`);
  };
  await refused({ type: 'response.cancel' }, 'response_cancel_not_active');
  await refused({ type: 'input_audio_buffer.commit' }, 'input_audio_buffer_commit_empty');
  await refused({ type: 'session.update', session: { voice: 'x' } }, 'missing_required_parameter');
  const older = { type: 'realtime', modalities: ['audio'] };
  await refused({ type: 'session.update', session: older }, 'unknown_parameter');
  await refused({ type: 'response.dance' }, 'invalid_value');
  const nobody = { type: 'conversation.item.delete', item_id: 'item_nobody' };
  await refused(nobody, 'item_delete_invalid_item_id');
  talk.send({ type: 'response.create' });
  await talk.next('response.created');
  await refused({ type: 'response.create' }, 'conversation_already_has_active_response');
  talk.send({ type: 'response.cancel' });
  assert.equal((await talk.next('response.done')).response.status, 'cancelled');
  talk.close();
});

test('words can be prescribed, and the rules answer when nothing is', async () => {
  const talk = await configured();
  const instructions = 'Say exactly these words, and nothing else: "Thank you for calling."';
  talk.send({ type: 'response.create', response: { instructions, tool_choice: 'none' } });
  const said = await talk.next('response.output_audio_transcript.done');
  assert.equal(said.transcript, 'Thank you for calling.');
  await talk.next('response.done');
  await fetch(`${sandboxUrl}/sandbox/realtime/heard`, { method: 'POST', body: '{"text":"hello"}' });
  speak(talk);
  const heard = await talk.next('conversation.item.input_audio_transcription.completed');
  assert.equal(heard.transcript, 'hello');
  const answer = await talk.next('response.output_audio_transcript.done');
  assert.match(answer.transcript, /How can I help/);
  talk.close();
});

test('the older names are spoken to who asks for them', async () => {
  await script({ hears: 'Hello', says: 'Good day' });
  const talk = await opened({ headers: { 'OpenAI-Beta': 'realtime=v1' } });
  const session = {
    modalities: ['text', 'audio'],
    input_audio_format: 'g711_ulaw',
    output_audio_format: 'g711_ulaw',
    input_audio_transcription: { model: 'whisper-1' },
    turn_detection: { type: 'server_vad', silence_duration_ms: 200 },
  };
  talk.send({ type: 'session.update', session });
  assert.equal((await talk.next('session.updated')).session.output_audio_format, 'g711_ulaw');
  speak(talk);
  await talk.next('response.audio.delta');
  assert.equal((await talk.next('response.audio_transcript.done')).transcript, 'Good day');
  await talk.next('response.done');
  assert.ok(talk.types().includes('conversation.item.created'));
  assert.ok(!talk.types().some((type) => type.includes('output_audio')));
  talk.close();
});

test('a wrong key, and a refusal that was asked for, open nothing', async () => {
  const wrong = new Talk({ key: 'sk-invalid' });
  await assert.rejects(wrong.next('session.created'), /401/);
  await script({ refuse: 503 });
  const refused = new Talk();
  await assert.rejects(refused.next('session.created'), /503/);
  (await opened()).close();
});

test('what can go wrong does when it is asked for', async () => {
  await script({ hears: 'a', fault: 'failed', code: 'rate_limit_exceeded' });
  const talk = await configured();
  speak(talk);
  const { response } = await talk.next('response.done');
  assert.equal(response.status, 'failed');
  assert.equal(response.status_details.error.code, 'rate_limit_exceeded');
  await script({ hears: 'b', fault: 'error', code: 'server_error' });
  speak(talk);
  assert.equal((await talk.next('error')).error.code, 'server_error');
  await script({ hears: 'c', says: 'All at once', voice_ms: 6000, fault: 'huge' });
  speak(talk);
  assert.equal(bytes((await talk.next('response.output_audio.delta')).delta), 48000);
  await talk.next('response.done');
  await script({ hears: 'd', fault: 'close' });
  const closed = new Promise((resolve) => talk.rt.socket.on('close', resolve));
  speak(talk);
  assert.equal(await closed, 1011);
});

test('the sandbox tells what was sent to it', async () => {
  await forget();
  const talk = await configured();
  speak(talk, 1200);
  await talk.next('response.done');
  const state = await seen();
  assert.deepEqual(
    state.events.map((e) => e.type),
    ['session.update'],
  );
  assert.ok(state.appended_ms >= 1000);
  assert.equal(state.session.session.instructions, 'You are a front desk.');
  const post = (body) => fetch(`${sandboxUrl}/sandbox/realtime`, { method: 'POST', body });
  assert.equal((await post('{"sings": 1}')).status, 422);
  assert.equal((await post('{"fault": "flood"}')).status, 422);
  assert.equal((await post('nonsense')).status, 400);
  talk.close();
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
  await forget();
}
process.exit(failures ? 1 : 0);
