// SPDX-License-Identifier: Apache-2.0
// How the page is built. Everything is a file of its own with a hashed name (no inline script or
// style, no data: addresses), which the server's Content-Security-Policy wants. JSX is esbuild's.
import { fileURLToPath } from "node:url";
import tailwindcss from "@tailwindcss/vite";
import { defineConfig } from "vite";
import { firstLoad } from "./vite.first_load.js";

// `npm run dev` serves the page itself and passes everything else to a running server.
const server = process.env.AVA_URL ?? "http://localhost:8000";

/** Takes each of lucide's drawings from its own file: reading all of them took half of the build. */
const drawings = {
  name: "drawings",
  apply: "build",
  enforce: "pre",
  transform(code, id) {
    if (!id.includes("/src/") || !code.includes('"lucide-react"')) return null;
    return code.replace(/import \{([^}]*)\} from "lucide-react";/g, (_, names) => names.split(",")
      .map((name) => name.trim())
      .filter((name) => name && !name.startsWith("type "))
      .map((name) => {
        const [drawing, as = drawing] = name.split(/\s+as\s+/);
        const file = drawing.replace(/([a-z])([A-Z0-9])/g, "$1-$2").replace(/([A-Z])([A-Z][a-z])/g, "$1-$2").toLowerCase();
        return `import ${as} from "lucide-react/icons/${file}";`;
      }).join(" "));
  },
};

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  plugins: [drawings, tailwindcss(), firstLoad({ page: "index.html", mostKilobytes: 200 })],
  resolve: {
    alias: {
      // Radix's dialogs write a <style> element by it, which the Content-Security-Policy forbids.
      "react-style-singleton": here("src/ui/styleSingleton.ts"),
    },
  },
  esbuild: { jsx: "automatic", legalComments: "none" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1000, // first_load judges, by the compressed size
    // The staff's page, the one that calls, and the empty one in which a mail is shown.
    rollupOptions: {
      input: ["index.html", "call.html", "mail.html"],
      onwarn: (warning, warn) => {
        if (warning.code !== "MODULE_LEVEL_DIRECTIVE") warn(warning); // "use client" says nothing here
      },
    },
  },
  worker: { format: "es" },
  server: {
    proxy: {
      "/api": { target: server },
      "/ws": { target: server, ws: true },
    },
  },
});
