import { expect, test } from "vitest";
import { daysAgo } from "@/lib/days";
import { asRequest, readChoices, writeChoices } from "./choices";

const CHOSEN = readChoices(
  new URLSearchParams(
    "q=tea&source=agent&from=2026-11-23&until=2026-11-29&sort=newest&outdated=true",
  ),
);

test("a choice survives the address, and no choice leaves it empty", () => {
  expect(readChoices(writeChoices(CHOSEN))).toEqual(CHOSEN);
  expect(writeChoices(readChoices(new URLSearchParams())).toString()).toBe("");
  expect(readChoices(new URLSearchParams("sort=oldest&from=yesterday")).from).toBe("");
});

test("time, order and what is outdated are asked for", () => {
  const request = asRequest(CHOSEN, {});
  expect([request.sort, request.includeSuperseded]).toEqual(["newest", true]);
  expect(Date.parse(request.createdAfter ?? "")).toBe(Date.parse("2026-11-23T00:00") - 1);
  expect(Date.parse(request.createdBefore ?? "")).toBe(Date.parse("2026-11-30T00:00"));
  const plain = asRequest(readChoices(new URLSearchParams("q=tea")), {});
  expect([plain.sort, plain.includeSuperseded, plain.createdAfter]).toEqual([
    "relevance",
    false,
    undefined,
  ]);
});

test("a span begins so many days ago", () => {
  expect(daysAgo(7, Date.parse("2026-03-04T12:00"))).toBe("2026-02-25");
});
