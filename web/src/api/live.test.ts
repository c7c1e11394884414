// @vitest-environment jsdom

import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepCurrent, liveState } from "./live";

let source: {
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onerror?: () => void;
};
let stop: () => void;
let queries: QueryClient;

beforeEach(() => {
  vi.stubGlobal(
    "EventSource",
    class {
      constructor() {
        source = this as typeof source;
      }
      close() {}
    },
  );
  queries = new QueryClient();
  stop = keepCurrent(queries);
  source.onopen?.();
});

afterEach(() => {
  stop();
  queries.clear();
  vi.unstubAllGlobals();
});

const change = (...topics: string[]) =>
  source.onmessage?.({ data: JSON.stringify({ type: "changed", topics }) });
const settle = () => new Promise((resolve) => setTimeout(resolve));

/** A query on screen whose every reading ends when the test says so. */
function watched(topic: string) {
  const readings: (() => void)[] = [];
  const queryFn = () =>
    new Promise<number>((resolve) => readings.push(() => resolve(readings.length)));
  new QueryObserver(queries, { queryKey: [topic], queryFn }).subscribe(() => {});
  return readings;
}

test("news of a topic reads what is on screen of it again, and nothing else", async () => {
  const [jobs, memories] = [watched("jobs"), watched("memories")];
  jobs[0]?.();
  memories[0]?.();
  await settle();
  change("jobs");
  await settle();
  expect([liveState.get(), jobs.length, memories.length]).toEqual(["live", 2, 1]);
});

test("news that come while a topic is read wait for the end and are read once", async () => {
  const jobs = watched("jobs");
  jobs[0]?.();
  await settle();
  change("jobs");
  await settle();
  change("jobs");
  change("jobs");
  await settle();
  expect(jobs.length).toBe(2);
  jobs[1]?.();
  await settle();
  expect(jobs.length).toBe(3);
  jobs[2]?.();
  await settle();
  expect([jobs.length, queries.getQueryData(["jobs"])]).toEqual([3, 3]);
});
