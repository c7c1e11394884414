import { createStore } from "./store";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A clock for pages: it ticks every half minute, once for all that show an age. */
export const now = createStore(Date.now());
setInterval(() => now.set(Date.now()), MINUTE / 2);

const STEPS: [number, number, Intl.RelativeTimeFormatUnit][] = [
  [HOUR, MINUTE, "minute"],
  [DAY, HOUR, "hour"],
  [14 * DAY, DAY, "day"],
  [60 * DAY, 7 * DAY, "week"],
  [730 * DAY, 30.44 * DAY, "month"],
  [Number.POSITIVE_INFINITY, 365.25 * DAY, "year"],
];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** "3 minutes ago"; a time within a minute is "just now". */
export function relative(at: number, present: number): string {
  const distance = at - present;
  if (Math.abs(distance) < MINUTE) return "just now";
  const step = STEPS.find(([limit]) => Math.abs(distance) < limit);
  const [, unit, name] = step ?? [0, 365.25 * DAY, "year" as const];
  return words.format(Math.trunc(distance / unit), name);
}

const exactly = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "medium" });

const plainly = new Intl.DateTimeFormat("en", { dateStyle: "medium" });

/** "23 Nov 2026" or so, in the reader's zone. */
export function date(at: number): string {
  return plainly.format(at);
}

/** Date and time in full, in the reader's zone. */
export function exact(at: number): string {
  return exactly.format(at);
}

/** "1 h 5 min", "42 s": of a length of time, its two largest units. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return `${Math.max(0, Math.round(ms))} ms`;
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return joined(minutes, "min", seconds % 60, "s");
  return joined(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function joined(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
