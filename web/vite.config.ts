// How sources become `dist/`: stable names, no hashes, no source maps, the same bytes everywhere.

import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

// Stable names keep a one-word change to one file of the committed bundle.
const names = {
  entryFileNames: "assets/[name].js",
  chunkFileNames: "assets/[name].js",
  assetFileNames: "assets/[name][extname]",
};

export default defineConfig({
  base: "./",
  plugins: [svelte()],
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    sourcemap: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        ...names,
        // The runtime in a chunk of its own: it changes with versions, not with pages.
        codeSplitting: {
          groups: [{ name: "svelte", test: /node_modules[\\/](svelte|@lucide)[\\/]/, priority: 1 }],
        },
      },
    },
  },
  worker: {
    format: "es",
    rolldownOptions: { output: { ...names, entryFileNames: "assets/[name].js" } },
  },
  test: {
    include: ["src/**/*.test.ts"],
    environment: "node",
  },
});
