// SPDX-License-Identifier: Apache-2.0
// How the page is built. Everything is a file of its own with a hashed name (no inline script or
// style, no data: addresses), which the server's Content-Security-Policy wants. JSX is esbuild's.
import { defineConfig } from "vite";

// `npm run dev` serves the page itself and passes everything else to a running server.
const server = process.env.AVA_URL ?? "http://localhost:8000";

export default defineConfig({
  esbuild: { jsx: "automatic", legalComments: "none" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rollupOptions: { input: ["index.html", "call.html"] }, // the staff's page, and the one that calls
  },
  worker: { format: "es" },
  server: {
    proxy: {
      "/api": { target: server },
      "/ws": { target: server, ws: true },
    },
  },
});
