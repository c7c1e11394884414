import { describe, expect, test } from "vitest";
import type { Action, JobState } from "@/api/schema";
import { ACTIONS, ALL_STATES, COUNTED, jobTitle, may, queueTitle, STATES } from "./states";

/** As the server's table has it (domain/jobs.py); the page draws buttons from each job's own. */
const ALLOWED: Record<JobState, Action[]> = {
  waiting: ["cancel"],
  delayed: ["cancel"],
  active: ["cancel"],
  completed: ["remove"],
  failed: ["remove", "retry"],
  cancelled: ["remove", "retry"],
};

describe("the table of states", () => {
  test.each(ALL_STATES)("%s has a name and a picture of its own", (state) => {
    const others = ALL_STATES.filter((each) => each !== state).map((each) => STATES[each]);
    expect(others.map(({ label }) => label)).not.toContain(STATES[state].label);
    expect(others.map(({ icon }) => icon)).not.toContain(STATES[state].icon);
  });

  test("a queue's card counts all but the cancelled", () => {
    expect([...COUNTED, "cancelled"].sort()).toEqual([...ALL_STATES].sort());
  });

  test.each(Object.entries(ALLOWED))("%s allows what the server says", (_, actions) => {
    const job = { actions, cancelRequested: false };
    const allowed = (Object.keys(ACTIONS) as Action[]).filter((action) => may(action, job));
    expect(allowed.sort()).toEqual(actions);
  });

  test("who was asked to stop is not asked again", () => {
    expect(may("cancel", { actions: ["cancel"], cancelRequested: true })).toBe(false);
  });
});

test("jobs are called by what they do", () => {
  const bulk = "bulk-regenerate-embeddings";
  expect(jobTitle({ name: bulk, data: {} })).toBe("Regenerate all embeddings");
  expect(jobTitle({ name: bulk, data: { memoryIds: ["a"] } })).toBe("Regenerate embeddings");
  expect(jobTitle({ name: "somebody-elses", data: {} })).toBe("somebody-elses");
});

test("queues are called by what they hold", () => {
  expect(queueTitle("title-generation")).toBe("Titles");
  expect(queueTitle("unknown")).toBe("unknown");
});
