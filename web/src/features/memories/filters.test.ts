import { expect, test } from "vitest";
import {
  asQuery,
  countFilters,
  type Filters,
  NO_FILTERS,
  readFilters,
  writeFilters,
} from "./filters";

const CHOSEN: Filters = {
  types: ["note", "how to"],
  tags: ["a&b", "日本"],
  sources: ["agent one"],
  archived: "all",
  embedding: "failed",
  validity: "review",
  from: "2026-01-02",
  until: "2026-03-04",
};

test("a choice survives the address", () => {
  expect(readFilters(new URLSearchParams(writeFilters(CHOSEN).toString()))).toEqual(CHOSEN);
});

test("no choice leaves the address empty", () => {
  expect(writeFilters(NO_FILTERS).toString()).toBe("");
});

test("what an address says wrongly counts as absent", () => {
  const query = new URLSearchParams(
    "archived=maybe&embedding=lost&validity=perhaps&from=yesterday",
  );
  expect(readFilters(query)).toEqual(NO_FILTERS);
});

test("days are whole days of the reader's zone, both included", () => {
  const { createdAfter, createdBefore } = asQuery(CHOSEN, null);
  expect(new Date(createdAfter ?? "").getTime()).toBe(new Date("2026-01-02T00:00").getTime() - 1);
  expect(new Date(createdBefore ?? "").getTime()).toBe(new Date("2026-03-05T00:00").getTime());
});

test("each condition counts", () => {
  expect(countFilters(NO_FILTERS)).toBe(0);
  expect(countFilters(CHOSEN)).toBe(10);
});
