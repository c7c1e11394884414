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
const FENCES = /^\s*```.*$/gm;
const LEADS = /^[\s>]*(?:#{1,6} |[-*+] (?:\[[ xX]\] )?|\|?[\s|:-]+\|?$)?/gm;
const MARKS = /[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}|!?\[([^\]]*)\]\([^)]*\)/g;

/** The words of a Markdown text on one line, without its first heading; what a list shows of it. */
export function excerpt(text: string, longest = 240): string {
  const start = text.slice(0, longest * 4);
  const words = start.replace(FIRST_HEADING, "").replace(FENCES, "").replace(LEADS, "");
  const line = words.replace(MARKS, "$1").replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest).trimEnd()}…` : line;
}

/** What to call a memory that may have no title yet. */
export function nameOf(memory: { title: string | null; text?: string | null }): string {
  return memory.title ?? (excerpt(memory.text ?? "", 80) || "Untitled");
}

/** Equal for tags that differ only in case or in how letters with marks are composed. */
export function folded(tag: string): string {
  return tag.normalize("NFC").toUpperCase().toLowerCase().normalize("NFC");
}
