import { expect, test } from "vitest";
import type { Duplicates, Pair } from "@/api/schema";
import { foundNothingYet, gather, readThreshold } from "./pairs";

function outline(id: string): Pair["memory"] {
  const at = "2026-11-23T09:30:00.000Z";
  const rest = { type: "note", source: "test", tags: [], confidence: 1, version: 1 };
  return { id, title: id, ...rest, embeddingStatus: "ready", createdAt: at, updatedAt: at };
}

function page(names: [string, string][], nextCursor?: string): Duplicates {
  const pairs = names.map(([newer, older]) => ({
    memory: outline(newer),
    older: outline(older),
    similarity: 0.97,
  }));
  return { pairs, count: pairs.length, examined: 100, nextCursor };
}

test("all pages are one list", () => {
  const { pairs, examined } = gather([page([["d", "c"]], "c"), page([["b", "a"]])], new Set());
  expect(pairs.map(({ memory }) => memory.id)).toEqual(["d", "b"]);
  expect(examined).toBe(200);
});

test("a memory that was deleted takes all its pairs with it", () => {
  const pages = [
    page([
      ["d", "c"],
      ["d", "a"],
      ["b", "a"],
    ]),
  ];
  expect(gather(pages, new Set(["d"])).pairs.map(({ memory }) => memory.id)).toEqual(["b"]);
  expect(gather(pages, new Set(["a"])).pairs.map(({ older }) => older.id)).toEqual(["c"]);
});

test("an empty page that is not the last is looked beyond", () => {
  expect(foundNothingYet([])).toBe(false);
  expect(foundNothingYet([page([], "x")])).toBe(true);
  expect(foundNothingYet([page([])])).toBe(false);
  expect(foundNothingYet([page([], "x"), page([["b", "a"]], "a")])).toBe(false);
});

test("an address that asks for what cannot be gets the usual similarity", () => {
  expect(readThreshold("0.8")).toBe(0.8);
  for (const given of [null, "", "much", "0.2", "7", "NaN"])
    expect(readThreshold(given)).toBe(0.95);
});
