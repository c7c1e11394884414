import { expect, test } from "vitest";
import { around, marked, queryWords } from "./marks";

const markedWords = (text: string, query: string) =>
  marked(text, queryWords(query))
    .filter((piece) => piece.marked)
    .map((piece) => piece.text);

test("words that begin like a word of the query are marked, in any case", () => {
  expect(markedWords("Deployments: we deploy on Thursday", "deploy")).toEqual([
    "Deployments",
    "deploy",
  ]);
});

test("the inside of a word is not marked", () => {
  expect(markedWords("The ship of friendship", "ship")).toEqual(["ship"]);
});

test("everyday words are not marked, unless there is nothing else", () => {
  expect(queryWords("when do we ship the release")).toEqual(["ship", "release"]);
  expect(queryWords("where is it")).toEqual(["where", "is", "it"]);
});

test("scripts without blanks are marked within a text", () => {
  expect(markedWords("日本語の文章も検索できます", "検索")).toEqual(["検索"]);
});

test("a query full of signs marks nothing and breaks nothing", () => {
  expect(markedWords("a (b) [c] \\d+", "(.*)+[")).toEqual([]);
});

test("pieces add up to the text", () => {
  const text = "Ship on Thursdays, ship often";
  const pieces = marked(text, ["ship"]);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
});

test("a long text is cut around its first marked word", () => {
  const text = `${"before ".repeat(50)}needle ${"after ".repeat(50)}`;
  const part = around(text, ["needle"], 60);
  expect(part).toContain("needle");
  expect(part.startsWith("…")).toBe(true);
  expect(part.endsWith("…")).toBe(true);
  expect(part.length).toBeLessThan(65);
});
