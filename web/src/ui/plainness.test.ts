import { expect, test } from "vitest";
import { isTooMuch } from "./plainness";

const times = (n: number, what: string | ((i: number) => string)) =>
  Array.from({ length: n }, (_, i) => (typeof what === "string" ? what : what(i))).join("");

test.each([
  ["brackets", times(6_000, "[")],
  ["emphasis", times(6_000, "*a ")],
  ["strong inside words", times(6_000, "a**b")],
  ["pictures", times(6_000, "![")],
  ["code", times(6_000, "`a")],
  ["addresses", times(6_000, "a@b.c ")],
  ["quotes", `${times(1_000, ">")}a`],
  ["lists in one line", `${times(1_000, "- ")}a`],
  ["lists inside lists", times(300, (i) => `${"  ".repeat(i)}- a\n`)],
  ["lists inside lists by tabs", times(300, (i) => `${"\t".repeat(i)}- a\n`)],
  ["numbered lists", `${times(1_000, "1. ")}a`],
  ["quotes of lists", `${times(1_000, "> - ")}a`],
  ["a table of one row", `${times(3_000, "|a")}|\n${times(3_000, "|-")}|`],
  ["marks on many lines", times(3_000, "*a\n")],
  ["many paragraphs", times(3_000, "*a* *b*\n\n")],
  ["sheer length", times(200_001, "a")],
])("%s are not read as Markdown", (_, text) => {
  expect(isTooMuch(text)).toBe(true);
});

test.each([
  ["prose", times(1_000, "Some *words* and a [link](https://example.org).\n\n")],
  ["a long list of links", times(800, "- [a](https://example.org)\n")],
  ["a table", `|a|b|\n|-|-|\n${times(300, "|a|b|\n")}`],
  ["code", `\`\`\`c\n${times(200, "    if (a[i] < b[i]) { *p = &x; }\n")}\`\`\``],
  ["ten levels", times(10, (i) => `${"  ".repeat(i)}- a\n`)],
  ["a rule", "-".repeat(500)],
  ["long words", "a".repeat(100_000)],
])("%s is", (_, text) => {
  expect(isTooMuch(text)).toBe(false);
});
