import { describe, expect, test } from "vitest";
import { ceilingOf, pointsOf, spanOf } from "./growth";

const DAY = 86_400_000;
const TODAY = 20_000 * DAY;

describe("the growth of the store", () => {
  test("has a point for every day of the span, also for those on which nothing came", () => {
    const points = pointsOf([{ at: TODAY - 2 * DAY, count: 3 }], "30", TODAY + 5_000);
    expect(points).toHaveLength(30);
    expect(points.slice(-3).map(({ added, total }) => [added, total])).toEqual([
      [3, 3],
      [0, 3],
      [0, 3],
    ]);
  });

  test("begins with what was there before", () => {
    const [first] = pointsOf([{ at: TODAY - 400 * DAY, count: 7 }], "90", TODAY);
    expect(first).toEqual({ at: TODAY - 89 * DAY, added: 0, total: 7 });
  });

  test("of all time begins with the first memory", () => {
    const points = pointsOf([{ at: TODAY - 400 * DAY, count: 7 }], "all", TODAY);
    expect([points.length, points[0]?.total]).toEqual([401, 7]);
  });
});

test("a span that is none is three months", () => {
  expect([spanOf("30"), spanOf(null), spanOf("x")]).toEqual(["30", "90", "90"]);
});

test("the axis ends with a round number above all", () => {
  expect([0, 3, 5, 201, 1_001, 99_000].map(ceilingOf)).toEqual([4, 4, 5, 240, 1_200, 100_000]);
});
