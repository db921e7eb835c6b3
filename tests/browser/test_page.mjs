// SPDX-License-Identifier: Apache-2.0
// The files of the page as the server gives them out.
import assert from "node:assert/strict";
import { request } from "node:http";

const mostScriptBytes = 200 * 1024;

/** As it comes over the wire: fetch() would unpack it. Resolves with status, headers and body. */
function get(url, headers = {}) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers: { Accept: "text/html", "Accept-Encoding": "gzip", ...headers } }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function assetsOf(base) {
  const html = (await (await fetch(`${base}/`, { headers: { Accept: "text/html" } })).text());
  return [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((m) => m[1]);
}

export const tests = {
  "signed out: every asset is ours, compressed, and may be kept for ever": async ({ base }) => {
    const paths = await assetsOf(base);
    assert.ok(paths.some((p) => p.endsWith(".js")) && paths.some((p) => p.endsWith(".css")), `${paths}`);
    let script = 0;
    for (const path of paths) {
      assert.match(path, /^\/assets\/[\w.-]+$/);
      const { status, headers, body } = await get(base + path);
      assert.equal(status, 200, path);
      assert.match(headers["cache-control"], /max-age=31536000.*immutable/);
      if (!path.endsWith(".svg")) assert.equal(headers["content-encoding"], "gzip", path);
      if (path.endsWith(".js")) script += body.length;
      const again = await get(base + path, { "If-None-Match": headers.etag });
      assert.equal(again.status, 304, path);
    }
    assert.ok(script <= mostScriptBytes, `${script} bytes of script`);
  },

  "signed out: an asset comes unpacked to who cannot unpack it": async ({ base }) => {
    const path = (await assetsOf(base)).find((p) => /index.*\.css$/.test(p));
    const { headers, body } = await get(base + path, { "Accept-Encoding": "identity" });
    assert.equal(headers["content-encoding"], undefined);
    assert.match(body.toString("utf8"), /:root/);
  },

  "signed out: the page is asked for again each time, and nothing foreign may run in it": async ({ base }) => {
    const { headers, body } = await get(`${base}/`, { "Accept-Encoding": "identity" });
    assert.equal(headers["cache-control"], "no-cache");
    const policy = headers["content-security-policy"];
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'",
                        "base-uri 'none'", "form-action 'self'"]) {
      assert.ok(policy.includes(rule), `${rule} in ${policy}`);
    }
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.doesNotMatch(body.toString("utf8"), /<style|<script>| style=| on\w+=/);
  },
};
