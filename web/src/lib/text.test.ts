import { expect, test } from "vitest";
import { bytes, count, excerpt, folded, nameOf, plural } from "./text";

test("an excerpt is the words without the marks", () => {
  const text =
    "# Heading\n\nSome **bold** and _soft_ words, a [link](https://x.example).\n\n- [x] done\n- [ ] open";
  expect(excerpt(text)).toBe("Some bold and soft words, a link. done open");
});

test("an excerpt keeps what only looks like a mark", () => {
  expect(excerpt("2 * 3 and snake case: a - b")).toBe("2 * 3 and snake case: a - b");
});

test("an excerpt leaves names and code as they are", () => {
  const names = "raise_for_status, ACTIVE_KID and 2**n";
  expect(excerpt(names)).toBe(names);
  expect(excerpt("Use `pg_dump -Fc *` **now**")).toBe("Use pg_dump -Fc * now");
  expect(excerpt("Run:\n\n```sql\nselect _id_ from t\n- - x\n```\n\n_then_ wait")).toBe(
    "Run: select _id_ from t - - x then wait",
  );
  expect(excerpt("a pattern `'^\\*|main'`, and \\*so\\*")).toBe("a pattern '^\\*|main', and *so*");
});

test("a text that is only a heading is its own excerpt", () => {
  expect(excerpt("# Only this")).toBe("Only this");
});

test("an excerpt is cut", () => {
  expect(excerpt("word ".repeat(100), 20)).toBe("word word word word…");
});

test("a memory without a title is called by its first words", () => {
  expect(nameOf({ title: "T", text: "x" })).toBe("T");
  expect(nameOf({ title: null, text: "First words" })).toBe("First words");
  expect(nameOf({ title: null })).toBe("Untitled");
});

test("figures are grouped, counted and measured", () => {
  expect(count(1234567)).toBe("1,234,567");
  expect(plural(1, "memory", "memories")).toBe("1 memory");
  expect(plural(2, "memory", "memories")).toBe("2 memories");
  expect([bytes(512), bytes(118_784), bytes(2_500_000)]).toEqual(["512 B", "119 KB", "2.5 MB"]);
});

test("neither case nor composition tells tags apart, in any script", () => {
  const alike = [
    ["Ärger", "ÄRGER", "a\u0308rger"],
    ["Straße", "STRASSE"],
    ["ΟΔΟΣ", "οδος", "οδοσ"],
    ["Привет", "привет"],
  ];
  for (const [first = "", ...others] of alike) {
    for (const other of others) expect(folded(other)).toBe(folded(first));
  }
  expect(folded("arger")).not.toBe(folded("Ärger"));
});
