// How the page is built.
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// The built page is served by `inkstone serve`; in development `npx vite studio` passes API calls on to it.
export default defineConfig({
  plugins: [svelte()],
  base: "./",
  build: { outDir: "dist", emptyOutDir: true, target: "es2022", assetsInlineLimit: 0, cssTarget: ["chrome123", "firefox120", "safari17.5"] },
  server: { proxy: { "/v1": "http://127.0.0.1:11435", "/health": "http://127.0.0.1:11435" } },
});
