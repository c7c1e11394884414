/** A piece of a text; `marked` where a word of the query stands. */
export interface Piece {
  at: number;
  text: string;
  marked: boolean;
}

const EVERYDAY = new Set(
  "a an and are as at be by did do does for from had has have how i in is it of on or our that the their this to was we were what when where which who why with you your".split(
    " ",
  ),
);

/** The words of a query that are worth marking: the telling ones, or all if none is. */
export function queryWords(query: string): string[] {
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const telling = words.filter((word) => !EVERYDAY.has(word) && !/^[a-z]$/.test(word));
  return [...new Set(telling.length > 0 ? telling : words)];
}

/** A text in pieces, words that begin like a word of the query marked. */
export function marked(text: string, words: string[]): Piece[] {
  if (words.length === 0) return [{ at: 0, text, marked: false }];
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(pattern(words))) {
    if (match.index > end) {
      pieces.push({ at: end, text: text.slice(end, match.index), marked: false });
    }
    pieces.push({ at: match.index, text: match[0], marked: true });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ at: end, text: text.slice(end), marked: false });
  return pieces;
}

/** The part of a text around its first marked word. */
export function around(text: string, words: string[], longest: number): string {
  if (text.length <= longest) return text;
  const first = words.length > 0 ? text.search(pattern(words)) : -1;
  const wanted = Math.max(0, Math.min(first - longest / 4, text.length - longest));
  const start = wanted === 0 ? 0 : text.indexOf(" ", wanted) + 1;
  const part = text.slice(start, start + longest).trimEnd();
  return `${start > 0 ? "…" : ""}${part}${start + longest < text.length ? "…" : ""}`;
}

/** Longer words stand first, so that they win over their own beginnings. */
function pattern(words: string[]): RegExp {
  const choices = words.toSorted((a, b) => b.length - a.length).map(asPattern);
  return new RegExp(`(?:${choices.join("|")})`, "giu");
}

/** Scripts that write without blanks have no word borders to look for. */
function asPattern(word: string): string {
  const spaced = !/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u.test(word);
  return spaced ? `(?<![\\p{L}\\p{N}])${word}[\\p{L}\\p{N}]*` : word;
}
