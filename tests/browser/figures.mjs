// SPDX-License-Identifier: Apache-2.0
// How fast the page is, on whatever data the server has; prints a table. Not a test: it measures.
//
//   AVA_URL=… AVA_EMAIL=… AVA_PASSWORD=… node figures.mjs
//
// With AVA_SANDBOX_URL too, a text is sent by it and seen arriving. Times are
// milliseconds in the browser; each line has the median, the worst, and what must be reached.
import { launch, signIn } from "./browser.mjs";

const { AVA_URL: base, AVA_EMAIL: email, AVA_PASSWORD: password, AVA_SANDBOX_URL: sandbox } = process.env;
const rounds = 15;
const rowsWanted = 10_000;

function say(what, times, most) {
  const sorted = [...times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(`${what.padEnd(58)} ${median.toFixed(0).padStart(6)} ${sorted.at(-1).toFixed(0).padStart(6)}   at most ${most}`);
}

/** Runs in the page before its script: notes when a row is first there. */
function watchFirstRow() {
  const seen = new MutationObserver(() => {
    if (!document.querySelector(".rows .row")) return;
    seen.disconnect();
    requestAnimationFrame(() => { window.firstRowAt = performance.now(); });
  });
  seen.observe(document, { childList: true, subtree: true });
}

async function firstRow(page) {
  const after = [];
  const whole = [];
  for (let i = 0; i < rounds; i++) {
    await page.goto(`${base}/inbox`);
    await page.waitForFunction(() => window.firstRowAt !== undefined);
    const [row, load] = await page.evaluate(() => [window.firstRowAt, performance.getEntriesByType("navigation")[0].loadEventEnd]);
    after.push(Math.max(0, row - load));
    whole.push(row);
  }
  say("inbox: first row, after the page's load event", after, 300);
  say("inbox: first row, since the address was entered", whole, "-");
}

async function opening(page) {
  const times = [];
  for (let i = 0; i < rounds; i++) {
    times.push(await page.evaluate((nth) => new Promise((resolve) => {
      const row = document.querySelectorAll(".rows .row")[nth];
      const began = performance.now();
      const seen = new MutationObserver(() => {
        if (!location.pathname.endsWith(row.dataset.id) || !document.querySelector(".thread .day")) return;
        seen.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - began));
      });
      seen.observe(document, { childList: true, subtree: true });
      row.click();
    }), i % 6));
    await page.keyboard.press("Escape");
    await page.getByText("No conversation is open").waitFor();
  }
  say("conversation: from the click to its messages", times, 100);
}

/** A text by the sandbox, which passes on what the webhook answered. Resolves with the time of that. */
async function text(from, body) {
  const answer = await fetch(`${sandbox}/sandbox/text`, { method: "POST", body: JSON.stringify({ from, body }) });
  const at = Date.now();
  if (!answer.ok) throw new Error(`the sandbox answered ${answer.status}: ${await answer.text()}`);
  return at;
}

async function arriving(page) {
  const times = [];
  for (let i = 0; i < rounds; i++) {
    // Somebody new, known by the number: the words would give way to Ava's answer at once.
    const digits = String(1_000_000 + Math.floor(Math.random() * 8_999_999));
    const shown = `${digits.slice(0, 3)} ${digits.slice(3)}`;
    const seen = page.evaluate((wanted) => new Promise((resolve) => {
      const watch = new MutationObserver(() => {
        if (!document.querySelector(".rows")?.textContent.includes(wanted)) return;
        watch.disconnect();
        resolve(Date.now());
      });
      watch.observe(document, { childList: true, subtree: true, characterData: true });
    }), shown);
    const answered = await text(`+1555${digits}`, "Hello");
    times.push((await seen) - answered);
    await page.waitForTimeout(400);
  }
  say("a webhook's text in an open inbox, after the answer", times, 250);
}

async function scrolling(page) {
  const { long, reached } = await page.evaluate((wanted) => new Promise((resolve) => {
    const long = [];
    new PerformanceObserver((list) => long.push(...list.getEntries().map((e) => e.duration))).observe({ type: "longtask" });
    const rows = document.querySelector(".rows");
    const began = performance.now();
    let last = 0;
    let idle = 0; // frames at the end, with nothing more to come
    function step() {
      rows.scrollBy(0, 300);
      const at = Number(document.querySelector(".rows li:last-child")?.getAttribute("aria-posinset"));
      if (at >= wanted || at === last && rows.scrollTop + rows.clientHeight >= rows.scrollHeight - 1 && ++idle > 60 || performance.now() - began > 240_000) setTimeout(() => resolve({ long, reached: at }), 200);
      else {
        if (at !== last) idle = 0;
        last = at;
        requestAnimationFrame(step);
      }
    }
    step();
  }), rowsWanted);
  console.log(`scrolled to row ${reached}: ${long.filter((ms) => ms > 50).length} tasks over 50 ms, the longest ${Math.max(0, ...long).toFixed(0)} ms`);
}

const browser = await launch();
try {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(300_000);
  await page.addInitScript(watchFirstRow);
  await signIn(page, base, email, password);
  await page.locator(".rows .row").first().waitFor();
  console.log(`${"".padEnd(58)} ${"median".padStart(6)} ${"worst".padStart(6)}`);
  await firstRow(page);
  await opening(page);
  if (sandbox) await arriving(page);
  await page.goto(`${base}/inbox`);
  await page.locator(".rows .row").first().waitFor();
  await scrolling(page);
} finally {
  await browser.close();
}
