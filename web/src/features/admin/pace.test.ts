import { describe, expect, test } from "vitest";
import { leftWords, paceOf, percentOf, rateWords } from "./pace";

describe("the pace of a job", () => {
  test("comes from what is settled and the time that passed", () => {
    expect(paceOf(50, 200, 10_000, 15_000)).toEqual({ rate: 10, leftMs: 15_000 });
  });

  test.each([
    ["nothing is settled", paceOf(0, 10, 1_000, 9_000)],
    ["it began only now", paceOf(3, 10, 1_000, 1_500)],
    ["it has not begun", paceOf(3, 10, null, 9_000)],
    ["nobody said when that was", paceOf(3, 10, 1_000, undefined)],
  ])("is not told while %s", (_, pace) => {
    expect(pace).toBeUndefined();
  });
});

test("a rate is told in the unit that fits", () => {
  expect([120.4, 2.345, 0.5, 0.001].map(rateWords)).toEqual([
    "120 a second",
    "2.3 a second",
    "30 a minute",
    "1 a minute",
  ]);
});

test("the time left is told roughly", () => {
  expect([200, 42_000, 3_900_000].map(leftWords)).toEqual([
    "almost done",
    "about 42 s left",
    "about 1 h 5 min left",
  ]);
});

test("100 percent means all", () => {
  expect([percentOf(999, 1000), percentOf(1000, 1000), percentOf(0, 0)]).toEqual([99, 100, 100]);
});
