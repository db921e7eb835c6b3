// SPDX-License-Identifier: Apache-2.0
// Fails the build when what a page loads before it shows anything has grown too large: its script
// and all that script imports at once, compressed. What is imported on demand does not count.
import { gzipSync } from "node:zlib";

export function firstLoad({ page, mostKilobytes }) {
  return {
    name: "first-load",
    writeBundle(_, bundle) {
      const entry = Object.values(bundle).find((c) => c.isEntry && c.facadeModuleId?.endsWith(`/${page}`));
      if (!entry) this.error(`first-load: ${page} is not built`);
      const wanted = new Set([entry.fileName]);
      for (const name of wanted) for (const next of bundle[name].imports) wanted.add(next);
      const sizes = [...wanted].map((name) => [name, gzipSync(bundle[name].code, { level: 9 }).length]);
      const total = sizes.reduce((sum, [, size]) => sum + size, 0);
      if (process.env.AVA_WEB_SIZES) console.log(`first load: ${(total / 1024).toFixed(1)} KB`, Object.fromEntries(sizes));
      if (total > mostKilobytes * 1024) {
        this.error(`first-load: ${page} loads ${Math.ceil(total / 1024)} KB of JavaScript at once, and `
          + `${mostKilobytes} KB is the most. Load on demand what is not needed at once: ${JSON.stringify(sizes)}`);
      }
    },
  };
}
