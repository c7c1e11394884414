import { expect, test } from "vitest";
import { type Mark, marked } from "./marking";

function apply(mark: Mark, text: string, from: number, until: number): string {
  const change = marked(mark, text, from, until);
  return text.slice(0, change.from) + change.text + text.slice(change.until);
}

test("a mark goes around the selection", () => {
  expect(apply("bold", "make this bold", 5, 9)).toBe("make **this** bold");
  expect(apply("link", "see docs", 4, 8)).toBe("see [docs](https://)");
});

test("code over several lines becomes a block", () => {
  expect(apply("code", "a\nb", 0, 3)).toBe("```\na\nb\n```");
});

test("a list mark goes before each line, from the line's beginning", () => {
  expect(apply("list", "one\ntwo", 2, 6)).toBe("- one\n- two");
  expect(apply("quote", "said", 4, 4)).toBe("> said");
});

test("what was selected stays selected", () => {
  const change = marked("italic", "a word", 2, 6);
  expect([change.selectFrom, change.selectUntil]).toEqual([3, 7]);
});
