// SPDX-License-Identifier: Apache-2.0
// Runs the browser tests against a running server:
//
//   AVA_URL=http://localhost:8000 AVA_EMAIL=… AVA_PASSWORD=… AVA_TOKEN=… node run.mjs [WORD ...]
//
// Every test_*.mjs exports tests: name → async function({ page, base, allow, … }); allow(pattern) lets pass
// what the browser notes of a refusal that is wanted. Each gets a fresh page
// with cookies of its own, signed in unless the name begins with "signed out". A script error, a
// refused script or style, or a failed check fails the test. Prints "ok" or "not ok" for each and the sum.
// WORDs run only the tests whose names contain one.
import { mkdir, readdir } from "node:fs/promises";
import { launch, signIn } from "./browser.mjs";

const here = new URL(".", import.meta.url);
const settings = {};
for (const name of ["AVA_URL", "AVA_EMAIL", "AVA_PASSWORD", "AVA_TOKEN"]) {
  settings[name] = process.env[name];
  if (!settings[name]) {
    console.error(`run.mjs: set ${name}`);
    process.exit(2);
  }
}
const base = settings.AVA_URL.replace(/\/$/, "");
const email = settings.AVA_EMAIL;
const password = settings.AVA_PASSWORD;
const only = process.argv.slice(2);
const testMs = 60_000;

/** Signing in once is enough: the server limits attempts. The other pages start with its cookie. */
async function session(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await signIn(page, base, email, password);
  await page.getByRole("heading", { name: "Inbox" }).waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

/** Expected of a test that makes the server refuse something: the browser notes each refusal. */
const refusalNote = /Failed to load resource|WebSocket connection to .* failed|blocked by CORS policy/;

async function runOne(browser, storageState, name, test) {
  const context = await browser.newContext(name.startsWith("signed out") ? {} : { storageState });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const complaints = [];
  const allowed = [refusalNote];
  page.on("pageerror", (e) => complaints.push(`script error: ${e.message}`));
  page.on("console", (m) => {
    if (m.type() === "error" && !allowed.some((note) => note.test(m.text()))) complaints.push(`console: ${m.text()}`);
  });
  let timer;
  try {
    const late = new Promise((_, no) => {
      timer = setTimeout(() => no(new Error(`took more than ${testMs} ms`)), testMs);
    });
    await Promise.race([test({ page, context, base, email, password, allow: (note) => allowed.push(note) }), late]);
    if (complaints.length) throw new Error(complaints.join("; "));
    return null;
  } catch (error) {
    const picture = new URL(`out/${name.replaceAll(/\W+/g, "-")}.png`, here);
    await mkdir(new URL("out/", here), { recursive: true });
    await page.screenshot({ path: picture.pathname }).catch(() => {});
    return error;
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

const browser = await launch();
let passed = 0;
let failed = 0;
try {
  const storageState = await session(browser);
  const files = (await readdir(here)).filter((f) => /^test_.*\.mjs$/.test(f)).sort();
  for (const file of files) {
    const { tests } = await import(new URL(file, here));
    for (const [name, test] of Object.entries(tests)) {
      if (only.length && !only.some((word) => name.includes(word))) continue;
      const error = await runOne(browser, storageState, name, test);
      if (error) failed++;
      else passed++;
      console.log(`${error ? "not ok" : "ok"} ${passed + failed} - ${name}`);
      if (error) console.log(String(error.stack ?? error).replaceAll(/\x1b\[\d+m/g, "").replace(/^/gm, "  # "));
    }
  }
} finally {
  await browser.close();
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed || !passed ? 1 : 0;
