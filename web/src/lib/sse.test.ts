// @vitest-environment jsdom

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { follow, type StreamState } from "./sse";

/** The browser's EventSource as far as we use it, opened and broken by hand. */
class Line {
  static opened: Line[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  isClosed = false;

  constructor(readonly url: string) {
    Line.opened.push(this);
  }

  close() {
    this.isClosed = true;
  }

  static get last(): Line {
    const line = Line.opened.at(-1);
    if (!line) throw new Error("no connection was opened");
    return line;
  }
}

const connect = (url: string) => new Line(url) as unknown as EventSource;
let states: StreamState[];
let messages: { step: number; end?: boolean }[];
let silences: number;
let stop: () => void;

function start() {
  stop = follow<{ step: number; end?: boolean }>({
    url: "/stream",
    connect,
    onMessage: (message) => messages.push(message),
    onState: (state) => states.push(state),
    onPoll: () => {
      silences += 1;
    },
    isLast: ({ end }) => end === true,
  });
}

function hideTab(hidden: boolean) {
  Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
}

beforeEach(() => {
  vi.useFakeTimers();
  Line.opened = [];
  states = [];
  messages = [];
  silences = 0;
});

afterEach(() => {
  stop();
  hideTab(false);
  vi.useRealTimers();
});

test("messages come through, and the state says live", () => {
  start();
  Line.last.onopen?.();
  Line.last.onmessage?.({ data: '{"step":1}' });
  expect(messages).toEqual([{ step: 1 }]);
  expect(states).toEqual(["connecting", "live"]);
});

test("a lost stream is opened again, and the state says so", () => {
  start();
  Line.last.onopen?.();
  const lost = Line.last;
  lost.onerror?.();
  expect(lost.isClosed).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(Line.opened).toHaveLength(2);
  Line.last.onopen?.();
  expect(states).toEqual(["connecting", "live", "reconnecting", "live"]);
});

test("pauses between tries grow, but never beyond some seconds", () => {
  start();
  for (let losses = 0; losses < 8; losses += 1) {
    Line.last.onerror?.();
    vi.advanceTimersByTime(6_300);
  }
  expect(Line.opened).toHaveLength(9);
  Line.last.onerror?.();
  vi.advanceTimersByTime(3_000);
  expect(Line.opened).toHaveLength(9);
});

test("while the stream is lost, silence is told at once and every five seconds", () => {
  start();
  Line.last.onerror?.();
  expect(silences).toBe(1);
  vi.advanceTimersByTime(10_000);
  expect(silences).toBe(3);
  Line.last.onopen?.();
  vi.advanceTimersByTime(10_000);
  expect(silences).toBe(3);
});

test("after the last message the stream is closed for good", () => {
  start();
  Line.last.onopen?.();
  Line.last.onmessage?.({ data: '{"step":9,"end":true}' });
  expect(Line.last.isClosed).toBe(true);
  expect(states.at(-1)).toBe("ended");
  vi.advanceTimersByTime(60_000);
  expect(Line.opened).toHaveLength(1);
});

test("a hidden tab holds no connection and takes it up when it is looked at", () => {
  start();
  Line.last.onopen?.();
  hideTab(true);
  expect(Line.last.isClosed).toBe(true);
  expect(Line.opened).toHaveLength(1);
  hideTab(false);
  expect(Line.opened).toHaveLength(2);
});

test("a stopped stream stays closed", () => {
  start();
  Line.last.onerror?.();
  stop();
  vi.advanceTimersByTime(60_000);
  expect(Line.opened).toHaveLength(1);
  expect(silences).toBe(1);
});
