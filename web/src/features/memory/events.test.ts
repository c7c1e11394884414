import { expect, test } from "vitest";
import type { EventType } from "@/api/schema";
import { describe } from "./events";

const PATHS = new Map([["w1", "acme/billing"]]);

const say = (type: EventType, data: Record<string, unknown>) =>
  describe({ id: "1", type, data, version: 2, actor: "api", at: "2026-01-01T00:00:00Z" }, PATHS);

test("an edit says how much and what changed", () => {
  expect(say("content_updated", { added: 3, removed: 1 })).toBe(
    "Text changed: 3 lines added, 1 removed",
  );
  expect(say("metadata_updated", { changes: { tags: { old: ["a"], new: ["a", "b"] } } })).toBe(
    "Tags: a → a, b",
  );
});

test("going back says from where to where", () => {
  expect(say("memory_reverted", { from: 5, to: 2 })).toBe("Reverted from version 5 to version 2");
});

test("a purged version is named, and what it said is left out", () => {
  expect(say("version_purged", { purged: 1 })).toBe("Version 1 purged");
  expect(say("metadata_updated", { changes: { title: { old: null, new: "T" } } })).toBe(
    "Title: none → T",
  );
});

test("a cleared title is said as none", () => {
  expect(say("metadata_updated", { changes: { title: { old: "T", new: null } } })).toBe(
    "Title: T → none",
  );
});

test("a move says from where to where, as far as that may be seen", () => {
  expect(say("memory_moved", { from: null, to: "w1" })).toBe(
    "Moved from no workspace to acme/billing",
  );
  expect(say("memory_moved", { from: "w1", to: "w2", keyGivenUp: "a/b" })).toBe(
    "Moved from acme/billing to another workspace; its key a/b was taken there",
  );
});

test("keys and metadata are said in words", () => {
  expect(say("memory_rekeyed", { changes: { key: { old: null, new: "a" } } })).toBe(
    "Key: none → a",
  );
  const metadata = { old: {}, new: { ticket: "X-1", done: true } };
  expect(say("metadata_updated", { changes: { metadata } })).toBe(
    "Metadata: none → ticket: X-1, done: true",
  );
});
