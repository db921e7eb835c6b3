// SPDX-License-Identifier: Apache-2.0
// How the web chat's script is built: one classic script, /chat.js, for pages of other sites. It is
// put beside the page's files, so the page is built first.
import { defineConfig } from "vite";

export default defineConfig({
  publicDir: false,
  esbuild: { legalComments: "none" },
  build: {
    target: "es2020",
    outDir: "dist",
    emptyOutDir: false,
    reportCompressedSize: false,
    lib: { entry: "chat/chat.ts", formats: ["iife"], name: "AvaChatScript", fileName: () => "chat.js" },
  },
});
