import { expect, test } from "vitest";
import {
  changesOf,
  conflictsOf,
  contentOf,
  isChanged,
  lastDay,
  metadataOf,
  NEW_DRAFT,
  rebased,
} from "./draft";

const BASE = { ...NEW_DRAFT, text: "text", title: "", tags: ["a"] };

test("only what was touched is sent", () => {
  expect(changesOf(BASE, { ...BASE, tags: ["a", "b"] })).toEqual({ tags: ["a", "b"] });
  expect(changesOf(BASE, { ...BASE })).toEqual({});
});

test("an empty title asks for one to be written", () => {
  expect(contentOf({ ...BASE, title: "  " }).title).toBeNull();
  expect(changesOf({ ...BASE, title: "T" }, BASE)).toEqual({ title: null });
});

test("blanks alone are no change", () => {
  expect(isChanged(BASE, { ...BASE, title: " " })).toBe(false);
});

test("changes of different fields do not conflict, and both are kept", () => {
  const mine = { ...BASE, tags: ["b"] };
  const theirs = { ...BASE, title: "Written meanwhile" };
  expect(conflictsOf(BASE, mine, theirs)).toEqual([]);
  expect(rebased(BASE, mine, theirs)).toEqual({ ...BASE, tags: ["b"], title: "Written meanwhile" });
});

test("changes of the same field conflict, unless they agree", () => {
  const mine = { ...BASE, text: "mine" };
  expect(conflictsOf(BASE, mine, { ...BASE, text: "theirs" })).toEqual(["text"]);
  expect(conflictsOf(BASE, mine, { ...BASE, text: "mine" })).toEqual([]);
});

test("metadata is edited as JSON, and its spelling is no change", () => {
  expect(contentOf({ ...BASE, metadata: '{"ticket":"X-1","n":2}' }).metadata).toEqual({
    ticket: "X-1",
    n: 2,
  });
  const compact = { ...BASE, metadata: '{"n":2}' };
  expect(changesOf(compact, { ...BASE, metadata: '{\n  "n": 2\n}' })).toEqual({});
  expect(changesOf(compact, BASE)).toEqual({ metadata: {} });
  expect(["", "{}", "[1]", "1", "null", "{"].map(metadataOf)).toEqual([
    {},
    {},
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("an empty key takes the key away", () => {
  expect(changesOf({ ...BASE, key: "a/b" }, { ...BASE, key: " " })).toEqual({ key: null });
  expect(changesOf(BASE, { ...BASE, key: "a/b" })).toEqual({ key: "a/b" });
});

test("when a memory holds and what it replaces is sent where it was touched", () => {
  const stored = { ...BASE, validUntil: "2026-12-31T23:59:59.999Z" };
  expect(changesOf(stored, { ...stored })).toEqual({});
  expect(changesOf(stored, { ...stored, validUntil: "", reviewAt: "2027-01-15" })).toEqual({
    validUntil: null,
    reviewAt: "2027-01-15",
  });
  expect(changesOf(BASE, { ...BASE, replaces: ["id"] })).toEqual({ replaces: ["id"] });
});

test("a time that ends something is shown as its last day", () => {
  const ends = ["", "2026-12-31", "2027-01-01T00:00:00.000Z", "2026-12-31T15:00:00.000Z"];
  expect(ends.map(lastDay)).toEqual(["", "2026-12-31", "2026-12-31", "2026-12-31"]);
});
