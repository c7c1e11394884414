import path from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { precompress } from "./precompress.ts";
import { stylesLast } from "./stylesLast.ts";

const SERVER = process.env.SERVER_URL ?? "http://localhost:5000";
/** The page and what it is built with, but for what only some memories need (Mermaid, Markdown). */
const OURS =
  /[\\/](web[\\/]src|node_modules[\\/](@floating-ui|@mantine[\\/](core|hooks)|@tabler|@tanstack|clsx|openapi-fetch|react|react-dom|react-router|scheduler))[\\/]/;

export default defineConfig({
  base: "./", // below which path the page stands is known by the server that shows it
  plugins: [react(), stylesLast(), precompress()],
  resolve: { alias: { "@": path.resolve(import.meta.dirname, "src") } },
  build: {
    outDir: "../src/memorizer/http/web",
    emptyOutDir: true,
    cssTarget: ["chrome123", "firefox121", "safari17.5"], // light-dark() as it is: the theme is switched by hand
    assetsInlineLimit: 0, // the page's policy lets nothing in that is not a file of its own
    rolldownOptions: {
      output: {
        // what several routes use comes in one file: of thirty small ones a browser needs a quarter longer
        codeSplitting: { groups: [{ name: "shared", test: OURS, minShareCount: 2 }] },
      },
    },
    chunkSizeWarningLimit: 1_500, // Mermaid, which is loaded only where a diagram is
  },
  server: {
    proxy: { "/api": SERVER, "/healthz": SERVER, "/openapi.json": SERVER, "/docs": SERVER },
  },
});
