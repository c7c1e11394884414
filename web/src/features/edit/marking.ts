export type Mark = "heading" | "bold" | "italic" | "code" | "link" | "list" | "tasks" | "quote";

/** What to type where, and what is selected then. */
export interface Change {
  from: number;
  until: number;
  text: string;
  selectFrom: number;
  selectUntil: number;
}

const AROUND: Partial<Record<Mark, [string, string]>> = {
  bold: ["**", "**"],
  italic: ["_", "_"],
  code: ["`", "`"],
  link: ["[", "](https://)"],
};
const BEFORE_LINES: Partial<Record<Mark, string>> = {
  heading: "## ",
  list: "- ",
  tasks: "- [ ] ",
  quote: "> ",
};

/** Marks the selection: around it, or in front of each of its lines. */
export function marked(mark: Mark, text: string, from: number, until: number): Change {
  const lead = BEFORE_LINES[mark];
  if (lead !== undefined) return markLines(lead, text, from, until);
  const selected = text.slice(from, until);
  const isBlock = mark === "code" && selected.includes("\n");
  const [open, close] = isBlock ? ["```\n", "\n```"] : (AROUND[mark] ?? ["", ""]);
  const start = from + open.length;
  return {
    from,
    until,
    text: open + selected + close,
    selectFrom: start,
    selectUntil: start + selected.length,
  };
}

function markLines(lead: string, text: string, from: number, until: number): Change {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const lines = text.slice(start, until).split("\n");
  const replaced = lines.map((line) => lead + line).join("\n");
  const end = start + replaced.length;
  return {
    from: start,
    until,
    text: replaced,
    selectFrom: lines.length > 1 ? start : end,
    selectUntil: end,
  };
}
