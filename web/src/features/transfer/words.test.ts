import { expect, test } from "vitest";
import type { ImportResult } from "@/api/transfer";
import { countsInWords } from "./words";

const NOTHING: ImportResult = {
  format: "markdown",
  dryRun: true,
  counts: {},
  refused: 0,
  refusals: [],
  notes: [],
};

test("a dry run says what would happen, an import what did", () => {
  const counts = { memories: { added: 1, known: 2 }, relationships: { added: 3 } };
  expect(countsInWords({ ...NOTHING, counts })).toBe(
    "Would add 1 memory, 3 relationships; already here 2 memories.",
  );
  expect(countsInWords({ ...NOTHING, counts, dryRun: false })).toMatch(/^Added 1 memory/);
});

test("nothing has words, too", () => {
  expect(countsInWords(NOTHING)).toBe("Nothing to import.");
  expect(countsInWords({ ...NOTHING, refused: 2 })).toBe("Nothing can be imported.");
});
