import { expect, test } from "vitest";
import { askedBy } from "./doors";

test("who asked is said in a few words", () => {
  expect(askedBy({ door: "page", client: "Mozilla/5.0 (X11)", actor: "api" })).toBe("This page");
  expect(askedBy({ door: "mcp", client: "claude-code", actor: "laptop" })).toBe(
    "Agent: claude-code, laptop",
  );
  expect(askedBy({ door: "context", client: "hook/codex", actor: "local" })).toBe(
    "Context: hook of codex, local",
  );
  expect(askedBy({ door: "rest", client: "", actor: "api" })).toBe("API: api");
});
