import { expect, test } from "vitest";
import type { Proposal } from "@/api/schema";
import { deed, nameOfProposed, newText, recommendedOf } from "./words";

function proposal(fields: Partial<Proposal>): Proposal {
  const memories = [
    { id: "a", version: 1 },
    { id: "b", version: 1 },
  ];
  return {
    id: "p",
    kind: "replace",
    memories,
    suggestion: {},
    reason: "The texts are the same.",
    evidence: {},
    score: 1,
    recommended: true,
    state: "open",
    createdAt: "2026-11-30T09:30:00.000Z",
    ...fields,
  };
}

test("accepting is said in words", () => {
  expect(deed(proposal({}))).toBe("The first replaces 1 other.");
  expect(deed(proposal({ kind: "retitle", suggestion: { title: "Tea" } }))).toContain("“Tea”");
  expect(deed(proposal({ kind: "review", suggestion: { archive: true } }))).toContain("archived");
  expect(deed(proposal({ kind: "retag", suggestion: { tags: ["a", "b"] } }))).toContain("a, b");
});

test("a new text is shown, and a deleted memory has a name", () => {
  expect(newText(proposal({ kind: "new", suggestion: { text: "Tea." } }))).toBe("Tea.");
  expect(newText(proposal({}))).toBeUndefined();
  expect(nameOfProposed({ id: "a", version: 1 })).toBe("A deleted memory");
});

test("only open recommended ones are accepted together", () => {
  const all = [
    proposal({ id: "1" }),
    proposal({ id: "2", recommended: false }),
    proposal({ id: "3", state: "stale" }),
  ];
  expect(recommendedOf(all)).toEqual(["1"]);
});
