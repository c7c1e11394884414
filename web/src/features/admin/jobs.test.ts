import { describe, expect, test } from "vitest";
import type { Job } from "@/api/schema";
import { aboutJob } from "./about";
import { isRunning, lastRate } from "./bulk";
import { filterOf, withValue } from "./jobFilter";
import { outcomeOf } from "./outcome";
import { selectFollowedJobs, mergeFollowedJobs } from "./followedJobs";

const AN_HOUR = 3_600_000;

function job(fields: Partial<Job>): Job {
  return {
    id: "a",
    name: "generate-title",
    queue: "title-generation",
    data: { memoryId: "m", text: "A text\nof **two** lines", type: "note" },
    progress: 0,
    state: "active",
    returnvalue: null,
    failedReason: null,
    timestamp: 0,
    processedOn: 0,
    finishedOn: null,
    attemptsMade: 0,
    maxAttempts: 3,
    rescues: 0,
    cancelRequested: false,
    actions: ["cancel"],
    ...fields,
  };
}

const bulk = (fields: Partial<Job> = {}) =>
  job({ id: "bulk-a", name: "bulk-regenerate-embeddings", data: {}, ...fields });

describe("the jobs that are followed", () => {
  test("are few, the long ones first", () => {
    const jobs = [..."abcd"].map((id) => job({ id })).concat(bulk());
    expect(selectFollowedJobs(jobs, AN_HOUR).map(({ id }) => id)).toEqual(["bulk-a", "a", "b"]);
  });

  test("are neither parts of groups nor over in a moment", () => {
    const jobs = [job({ groupId: "titles-a" }), job({ id: "b", processedOn: AN_HOUR - 100 })];
    expect(selectFollowedJobs(jobs, AN_HOUR)).toEqual([]);
  });

  test("stay when they end, until they are dismissed", () => {
    const [a, b] = [job({ id: "a" }), job({ id: "b" })];
    expect(mergeFollowedJobs([a], [b], new Set())).toEqual([b, a]);
    expect(mergeFollowedJobs([b, a], [], new Set(["a"]))).toEqual([b]);
  });

  test("do not pile up: the newest six stay", () => {
    let shown = [..."abcdefgh"].map((id) => job({ id }));
    shown = mergeFollowedJobs(shown, [job({ id: "i" })], new Set());
    expect(shown.map(({ id }) => id)).toEqual(["i", "a", "b", "c", "d", "e"]);
  });
});

describe("the filter in the address", () => {
  test("holds what the server knows", () => {
    const params = new URLSearchParams("queue=title-generation&state=failed&q=%20tea%20&cursor=12");
    expect(filterOf(params)).toEqual({
      limit: 50,
      queue: "title-generation",
      state: "failed",
      q: "tea",
      cursor: 12,
    });
  });

  test("leaves out what cannot be", () => {
    const params = new URLSearchParams("queue=x&state=y&q=%20&cursor=-1");
    expect(filterOf(params)).toEqual({ limit: 50 });
  });

  test("begins on the first page when it changes", () => {
    const params = new URLSearchParams("state=failed&cursor=12");
    expect(withValue(params, "state", null).toString()).toBe("");
    expect(withValue(params, "cursor", "9").toString()).toBe("state=failed&cursor=9");
  });
});

test("a row tells the error, the result, or what the job is about", () => {
  expect(aboutJob(job({ state: "failed", failedReason: "No." }))).toBe("No.");
  expect(aboutJob(job({ returnvalue: { title: "Tea" } }))).toBe("“Tea”");
  expect(aboutJob(job({}))).toBe("A text of two lines");
  const items = { total: 2000, done: 1200, failed: 3 };
  expect(aboutJob(bulk({ items }))).toBe("1,200 of 2,000 memories done, 3 failed");
});

test.each([
  ["“Tea”", { status: "completed", result: { title: "Tea" } }],
  [
    "Nothing to do: it has a title.",
    { status: "completed", result: { skipped: "it has a title" } },
  ],
  [
    "2 memories done, 1 failed: its page lists them.",
    { status: "completed", items: { total: 3, done: 2, failed: 1 } },
  ],
  ["The model is down.", { status: "failed", error: "The model is down." }],
  ["Cancelled. Completed work is kept.", { status: "cancelled" }],
] as const)("the outcome is told: %s", (text, step) => {
  expect(outcomeOf({ jobId: "a", progress: 100, ...step }).text).toBe(text);
});

test("how long a bulk job takes is told from the last one", () => {
  const done = bulk({
    state: "completed",
    items: { total: 300, done: 300, failed: 0 },
    processedOn: 1_000,
    finishedOn: 4_000,
  });
  expect(lastRate([job({}), done])).toBe(100);
  expect(lastRate([job({})])).toBeUndefined();
});

test("only one job at a time regenerates everything", () => {
  expect(isRunning([bulk()])).toBe(true);
  expect(isRunning([bulk({ data: { memoryIds: ["a"] } }), bulk({ state: "completed" })])).toBe(
    false,
  );
});
