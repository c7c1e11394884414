import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen } from "@testing-library/react";
import { createMemoryRouter, RouterProvider } from "react-router";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Job } from "@/api/schema";
import { JobProgressMonitor } from "./JobProgressMonitor";

const JOB: Job = {
  id: "bulk-a",
  name: "bulk-regenerate-embeddings",
  queue: "embedding-regeneration",
  data: {},
  progress: 0,
  state: "waiting",
  returnvalue: null,
  failedReason: null,
  timestamp: 1_000,
  processedOn: 2_000,
  finishedOn: null,
  attemptsMade: 0,
  maxAttempts: 3,
  rescues: 0,
  cancelRequested: false,
  actions: ["cancel"],
};

/** The browser's event stream, spoken by the test. */
class Stream {
  static opened: Stream[] = [];
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onerror?: () => void;
  closed = false;

  constructor(readonly url: string) {
    Stream.opened.push(this);
  }

  close() {
    this.closed = true;
  }

  say(step: object) {
    const data = JSON.stringify({ type: "progress", jobId: JOB.id, ...step });
    act(() => this.onmessage?.({ data }));
  }
}

beforeEach(() => {
  Stream.opened = [];
  vi.stubGlobal("EventSource", Stream);
  vi.stubGlobal("matchMedia", () => ({
    matches: false,
    addEventListener() {},
    removeEventListener() {},
  }));
});

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

function shown() {
  const heard = { complete: vi.fn(), error: vi.fn() };
  const element = (
    <JobProgressMonitor job={JOB} onComplete={heard.complete} onError={heard.error} />
  );
  const router = createMemoryRouter([{ path: "/", element }]);
  render(
    <MantineProvider env="test">
      <QueryClientProvider client={new QueryClient()}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>,
  );
  const [stream] = Stream.opened;
  if (!stream) throw new Error("no stream was opened");
  act(() => stream.onopen?.());
  return { stream, ...heard };
}

const text = () => screen.getByRole("article").textContent;
const items = { total: 200, done: 50, failed: 1 };

test("it shows each step: state, bar, items, rate and time left", () => {
  const { stream } = shown();
  stream.say({ progress: 25, status: "active", items, timestamp: 7_100 });
  expect(stream.url).toBe("/api/admin/jobs/bulk-a/progress");
  expect(screen.getByRole("progressbar").getAttribute("aria-valuenow")).toBe("25");
  for (const words of [
    "Active",
    "Live",
    "50 of 200 done",
    "1 failed",
    "10 a second",
    "about 15 s left",
  ]) {
    expect(text()).toContain(words);
  }
  expect(screen.getByRole("button", { name: /^Cancel/ })).toBeTruthy();
});

test("when the job is completed it closes its stream and tells once", () => {
  const { stream, complete, error } = shown();
  const last = {
    progress: 100,
    status: "completed",
    items: { ...items, done: 199 },
    timestamp: 9_000,
  };
  stream.say(last);
  stream.say(last);
  expect(stream.closed).toBe(true);
  expect(complete).toHaveBeenCalledTimes(1);
  expect(error).not.toHaveBeenCalled();
  expect(text()).toContain("199 memories done, 1 failed");
  expect(text()).toContain("Ended");
  expect(screen.queryByRole("button", { name: /^Cancel/ })).toBeNull();
});

test("when the job fails it says why", () => {
  const { stream, complete, error } = shown();
  stream.say({ progress: 30, status: "failed", error: "The model is away.", timestamp: 9_000 });
  expect(text()).toContain("The model is away.");
  expect(error).toHaveBeenCalledTimes(1);
  expect(complete).not.toHaveBeenCalled();
});

test("a lost stream is connected again", () => {
  vi.useFakeTimers();
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  const { stream } = shown();
  act(() => stream.onerror?.());
  expect(text()).toContain("Reconnecting");
  act(() => vi.advanceTimersByTime(10_000));
  expect(Stream.opened.length).toBeGreaterThan(1);
  vi.useRealTimers();
});
