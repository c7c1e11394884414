import { defineConfig, mergeConfig } from "vitest/config";
import page from "./vite.config.ts";

/** Components need a document; plain functions start six times faster without one. */
const plain = { name: "plain", environment: "node", include: ["src/**/*.test.ts"] };
const drawn = { name: "drawn", environment: "jsdom", include: ["src/**/*.test.tsx"] };

export default mergeConfig(
  page,
  defineConfig({
    test: {
      // only what hangs comes near it: a busy machine is no failure
      testTimeout: 300_000,
      hookTimeout: 300_000,
      projects: [
        { extends: true, test: plain },
        { extends: true, test: drawn },
      ],
    },
  }),
);
