const grouped = new Intl.NumberFormat("en");

/** "12,345". */
export function count(amount: number): string {
  return grouped.format(amount);
}

/** "1 memory", "2 memories". */
export function plural(amount: number, one: string, many = `${one}s`): string {
  return `${count(amount)} ${amount === 1 ? one : many}`;
}

const UNITS = ["B", "KB", "MB", "GB", "TB"];

/** "118 KB". */
export function bytes(amount: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, amount)) / 3));
  const value = amount / 1000 ** power;
  return `${value >= 10 || power === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

const FIRST_HEADING = /^\s*#{1,6} .*\n+(?=\s*\S)/;
/** A fenced block with its content, or a span of code with its own. */
const CODE = /^[ \t]*```[^\n]*\n([\s\S]*?)(?:^[ \t]*```[^\n]*$|(?![\s\S]))|`([^`\n]+)`/gm;
const LEADS = /^[\s>]*(?:#{1,6} |[-*+] (?:\[[ xX]\] )?|\|?[\s|:-]+\|?$)?/gm;
/** Signs at the edge of a word; those within one are part of a name, such as `snake_case`. */
const MARKS =
  /\\([*_~|])|(?<![\p{L}\p{N}*_~])[*_~]{1,3}(?=\S)|(?<=\S)[*_~]{1,3}(?![\p{L}\p{N}*_~])|!?\[([^\]]*)\]\([^)]*\)/gu;

/** The words of a Markdown text on one line, without its first heading; what a list shows of it. */
export function excerpt(text: string, longest = 240): string {
  const start = text.slice(0, longest * 4).replace(FIRST_HEADING, "");
  let line = "";
  let end = 0;
  for (const { 0: all, 1: block, 2: span, index } of start.matchAll(CODE)) {
    line += withoutMarks(start.slice(end, index), end) + (block ?? span ?? "");
    end = index + all.length;
  }
  line = (line + withoutMarks(start.slice(end), end)).replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest).trimEnd()}…` : line;
}

function withoutMarks(prose: string, at: number): string {
  const before = at > 0 ? ")" : ""; // what follows code does not begin a line
  return (before + prose).replace(LEADS, "").replace(MARKS, "$1$2").slice(before.length);
}

/** What to call a memory that may have no title yet. */
export function nameOf(memory: { title: string | null; text?: string | null }): string {
  return memory.title ?? (excerpt(memory.text ?? "", 80) || "Untitled");
}

/** Equal for tags that differ only in case or in how letters with marks are composed. */
export function folded(tag: string): string {
  return tag.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}
