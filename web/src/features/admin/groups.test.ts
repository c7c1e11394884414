import { expect, test } from "vitest";
import type { JobGroup } from "@/api/schema";
import { groupState, isRun, openOf, settledOf, shownGroups } from "./groups";
import { titlesReason } from "./reasons";

function group(states: JobGroup["states"], fields: Partial<JobGroup> = {}): JobGroup {
  const total = Object.values(states).reduce((sum, amount) => sum + amount, 0);
  return {
    id: "titles-a",
    queue: "title-generation",
    name: "generate-title",
    total,
    states,
    startedAt: 0,
    finishedAt: null,
    ...fields,
  };
}

test("what waits, is delayed or runs is open; the rest is settled", () => {
  const some = group({ waiting: 3, delayed: 1, active: 1, completed: 4, failed: 1, cancelled: 1 });
  expect([openOf(some), settledOf(some)]).toEqual([5, 6]);
});

test.each([
  ["waiting", { waiting: 5 }],
  ["active", { waiting: 4, active: 1 }],
  ["active", { waiting: 4, completed: 1 }],
  ["delayed", { delayed: 1, completed: 4 }],
  ["failed", { completed: 4, failed: 1 }],
  ["completed", { completed: 4, cancelled: 1 }],
  ["cancelled", { cancelled: 5 }],
] as const)("as a whole it is %s", (state, states) => {
  expect(groupState(group(states))).toBe(state);
});

test("shown are groups of several that go on or ended a moment ago", () => {
  const open = group({ waiting: 2 }, { id: "open" });
  const fresh = group({ completed: 2 }, { id: "fresh", finishedAt: 900_000 });
  const old = group({ completed: 2 }, { id: "old", finishedAt: 100_000 });
  const single = group({ waiting: 1 }, { id: "single" });
  expect(shownGroups([open, fresh, old, single], 1_000_000).map(({ id }) => id)).toEqual([
    "open",
    "fresh",
  ]);
});

test("a run bears the name of its queue", () => {
  expect(isRun(group({ waiting: 9 }, { id: "title-generation" }))).toBe(true);
  expect(isRun(group({ waiting: 9 }))).toBe(false);
});

test("missing titles are asked for only when there are some and nobody writes them", () => {
  expect(titlesReason(0, [])).toBe("Every memory has a title.");
  expect(titlesReason(9, [group({ waiting: 8, active: 1 })])).toBe(
    "Already running: 9 titles to go.",
  );
  expect(titlesReason(9, [group({ completed: 9 })])).toBeUndefined();
});
