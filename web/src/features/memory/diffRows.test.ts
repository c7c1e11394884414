import { expect, test } from "vitest";
import type { DiffLine } from "@/api/schema";
import { asRows, asRuns } from "./diffRows";

const line = (kind: DiffLine["kind"], text: string, number: number): DiffLine => ({
  kind,
  text,
  old: kind === "added" ? null : number,
  new: kind === "removed" ? null : number,
});
const texts = (lines: DiffLine[]) => asRows(lines).map((row) => [row.old?.text, row.new?.text]);

test("a changed line stands beside what it was", () => {
  expect(
    texts([line("equal", "same", 1), line("removed", "old", 2), line("added", "new", 2)]),
  ).toEqual([
    ["same", "same"],
    ["old", "new"],
  ]);
});

test("a line without a counterpart stands beside nothing", () => {
  expect(texts([line("removed", "a", 1), line("removed", "b", 2), line("added", "c", 1)])).toEqual([
    ["a", "c"],
    ["b", undefined],
  ]);
});

test("what is far from a change is folded, what is near is not", () => {
  const equal = Array.from({ length: 20 }, (_, i) => line("equal", `${i}`, i + 1));
  const runs = asRuns(asRows([...equal, line("added", "new", 21)]));
  expect(runs.map((run) => [run.folded, run.rows.length])).toEqual([
    [true, 17],
    [false, 4],
  ]);
});

test("a few unchanged lines are not worth folding", () => {
  const equal = Array.from({ length: 5 }, (_, i) => line("equal", `${i}`, i + 1));
  const runs = asRuns(asRows([...equal, line("added", "new", 6)]));
  expect(runs.some((run) => run.folded)).toBe(false);
});
