// SPDX-License-Identifier: Apache-2.0
// OpenAI's own Node client, unchanged, against the sandbox's language model.
//
//   AVA_SANDBOX_URL    the sandbox, such as http://127.0.0.1:8025
//
// Speaks TAP.
import assert from 'node:assert/strict';

import OpenAI from 'openai';

const sandboxUrl = process.env.AVA_SANDBOX_URL;
if (!sandboxUrl) {
  console.log('Bail out! AVA_SANDBOX_URL names the sandbox to test');
  process.exit(2);
}
const baseURL = `${sandboxUrl}/v1`;
const clientWith = (options = {}) => new OpenAI({ baseURL, apiKey: 'sk-test', ...options });
const client = clientWith();
const tests = [];
const test = (name, run) => tests.push({ name, run });
const model = 'ava-rules';

async function script(...answers) {
  const body = JSON.stringify(answers);
  const answer = await fetch(`${sandboxUrl}/sandbox/model`, { method: 'POST', body });
  assert.equal(answer.status, 200, await answer.text());
}
const seen = () => fetch(`${sandboxUrl}/sandbox/model`).then((answer) => answer.json());
const ask = (more = {}, with_ = client) =>
  with_.chat.completions.create({ model, messages: [{ role: 'user', content: 'Hello' }], ...more });

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather',
    strict: true,
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
      additionalProperties: false,
    },
  },
};

test('models are listed', async () => {
  const names = [];
  for await (const one of client.models.list()) names.push(one.id);
  assert.deepEqual(names, [model, 'ava-voice', 'whisper-1', 'tts-1']);
  assert.equal((await client.models.retrieve(model)).owned_by, 'sandbox');
  await assert.rejects(client.models.retrieve('gpt-0'), { status: 404, code: 'model_not_found' });
});

test('a completion has the members that the client knows', async () => {
  await script({ content: 'Hello ☃' });
  const done = await ask();
  assert.match(done.id, /^chatcmpl-/);
  assert.equal(done.object, 'chat.completion');
  assert.equal(done.model, model);
  assert.deepEqual(done.choices.length, 1);
  const [choice] = done.choices;
  assert.deepEqual(choice.message, {
    role: 'assistant',
    content: 'Hello ☃',
    refusal: null,
    annotations: [],
  });
  assert.equal(choice.finish_reason, 'stop');
  assert.ok(done.usage.prompt_tokens > 0);
  assert.equal(done.usage.total_tokens, done.usage.prompt_tokens + done.usage.completion_tokens);
});

test('the client runs tools by itself', async () => {
  await script({ tool_calls: [{ name: 'get_weather', arguments: { city: 'Brookfield' } }] });
  await script({ content: 'It is sunny in Brookfield.' });
  const asked = [];
  const runner = client.chat.completions.runTools({
    model,
    messages: [{ role: 'user', content: 'Weather?' }],
    tools: [
      {
        type: 'function',
        function: {
          ...weather.function,
          parse: JSON.parse,
          function: (args) => {
            asked.push(args);
            return 'sunny';
          },
        },
      },
    ],
  });
  assert.equal(await runner.finalContent(), 'It is sunny in Brookfield.');
  assert.deepEqual(asked, [{ city: 'Brookfield' }]);
  const { last } = await seen();
  assert.equal(last.messages.at(-1).role, 'tool');
  assert.equal(last.messages.at(-1).content, 'sunny');
});

test('a schema is held to, and a loose one refused', async () => {
  const schema = {
    type: 'object',
    properties: { reply: { type: 'string' } },
    required: ['reply'],
    additionalProperties: false,
  };
  const format = (s) => ({ type: 'json_schema', json_schema: { name: 'turn', strict: true, schema: s } });
  await script({ reply: { reply: 'Hi' } });
  const done = await client.chat.completions.parse({
    model,
    messages: [{ role: 'user', content: 'Hello' }],
    response_format: format(schema),
  });
  assert.deepEqual(JSON.parse(done.choices[0].message.content), { reply: 'Hi' });
  await assert.rejects(ask({ response_format: format({ ...schema, required: [] }) }), {
    status: 400,
    code: 'invalid_json_schema',
    param: 'response_format',
  });
  await script({ refusal: 'I will not.' });
  assert.equal((await ask()).choices[0].message.refusal, 'I will not.');
  await script({ content: 'cut', finish_reason: 'length' });
  assert.equal((await ask()).choices[0].finish_reason, 'length');
});

test('streams come in pieces and add up', async () => {
  const text = 'Straße, café ☃ and some more words to make several pieces.';
  await script({ content: text });
  const stream = await ask({ stream: true, stream_options: { include_usage: true } });
  let content = '';
  let pieces = 0;
  let usage = null;
  let finish = null;
  for await (const chunk of stream) {
    pieces++;
    content += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  assert.equal(content, text);
  assert.equal(finish, 'stop');
  assert.ok(pieces > 3 && usage.total_tokens > 0);
  await script({ tool_calls: [{ name: 'get_weather', arguments: { city: 'X' } }] });
  const runner = client.chat.completions.stream({
    model,
    messages: [{ role: 'user', content: 'Weather?' }],
    tools: [weather],
  });
  const call = (await runner.finalMessage()).tool_calls[0];
  assert.equal(call.function.name, 'get_weather');
  assert.deepEqual(JSON.parse(call.function.arguments), { city: 'X' });
});

test('errors are those that the client knows', async () => {
  const once = { maxRetries: 0 };
  await assert.rejects(ask({}, clientWith({ apiKey: 'sk-invalid', ...once })), {
    status: 401,
    code: 'invalid_api_key',
  });
  await assert.rejects(ask({ model: 'no-such-model' }), { status: 404, code: 'model_not_found' });
  await assert.rejects(ask({ messages: [] }), { status: 400, param: 'messages' });
  await assert.rejects(ask({ temperature: 3 }), { status: 400, param: 'temperature' });
  await assert.rejects(ask({ tool_choice: 'auto' }), { status: 400, param: 'tool_choice' });
  const call = { id: 'c1', type: 'function', function: { name: 'get_weather', arguments: '{}' } };
  const unanswered = [
    { role: 'user', content: 'Weather?' },
    { role: 'assistant', content: null, tool_calls: [call] },
    { role: 'user', content: 'Well?' },
  ];
  await assert.rejects(ask({ messages: unanswered }), { status: 400, param: 'messages' });
  await assert.rejects(ask({ messages: [{ role: 'tool', tool_call_id: 'x', content: '' }] }), {
    status: 400,
  });
  await script({ status: 500 });
  await assert.rejects(ask({}, clientWith(once)), { status: 500, type: 'server_error' });
  await script({ cut: true });
  await assert.rejects(ask({}, clientWith(once)), OpenAI.APIConnectionError);
});

test('the client waits and tries again when told to', async () => {
  const before = (await seen()).requests;
  await script({ status: 429, retry_after: 1 }, { status: 503 }, { content: 'at last' });
  const began = Date.now();
  assert.equal((await ask()).choices[0].message.content, 'at last');
  assert.ok(Date.now() - began >= 1000);
  assert.equal((await seen()).requests, before + 3);
});

test('the queue says what it does not take', async () => {
  const post = (body) => fetch(`${sandboxUrl}/sandbox/model`, { method: 'POST', body });
  assert.equal((await post('{"reply": {}, "x": 1}')).status, 422);
  assert.equal((await post('{"status": 99}')).status, 422);
  assert.equal((await post('nonsense')).status, 400);
  await script({ content: 'one' }, { content: 'two' });
  assert.equal((await seen()).queued, 2);
  await fetch(`${sandboxUrl}/sandbox/model`, { method: 'DELETE' });
  assert.equal((await seen()).queued, 0);
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
process.exit(failures ? 1 : 0);
