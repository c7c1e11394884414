import { expect, test } from "vitest";
import { duration, relative } from "./time";

const PRESENT = Date.UTC(2026, 10, 23, 12);
const ago = (ms: number) => relative(PRESENT - ms, PRESENT);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test("ages are said in the unit that tells most", () => {
  expect(ago(5_000)).toBe("just now");
  expect(ago(90_000)).toBe("1 minute ago");
  expect(ago(59 * MINUTE)).toBe("59 minutes ago");
  expect(ago(23 * HOUR)).toBe("23 hours ago");
  expect(ago(DAY)).toBe("yesterday");
  expect(ago(13 * DAY)).toBe("13 days ago");
  expect(ago(20 * DAY)).toBe("2 weeks ago");
  expect(ago(100 * DAY)).toBe("3 months ago");
  expect(ago(800 * DAY)).toBe("2 years ago");
});

test("a clock that is ahead does not confuse", () => {
  expect(ago(-30_000)).toBe("just now");
  expect(ago(-2 * HOUR)).toBe("in 2 hours");
});

test("lengths of time keep their two largest units", () => {
  expect(duration(250)).toBe("250 ms");
  expect(duration(42_400)).toBe("42 s");
  expect(duration(60_000)).toBe("1 min");
  expect(duration(200_000)).toBe("3 min 20 s");
  expect(duration(3_900_000)).toBe("1 h 5 min");
});
