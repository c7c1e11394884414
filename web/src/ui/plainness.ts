/**
 * What Markdown may cost before a text is shown as it is. The parser takes the square of the marks
 * in one paragraph, and more than that of the depth of lists and quotes; deep ones also overflow
 * its stack. Texts that people write stay far below.
 */
export const MOST_CHARACTERS = 200_000;
export const MOST_LINES = 5_000;
export const MOST_MARKS = 10_000;
export const MOST_MARKS_OF_A_PARAGRAPH = 2_000;
export const MOST_LEVELS = 50;

const MARKS = /[*_~`[\]!<>|&@\\]/g;
const PREFIX = /^(?:[\s>]|[-*+](?=\s)|\d{1,9}[.)](?=\s))*/;
const LEVELS = />|[-*+]|\d+[.)]| {2}|\t/g;
const BEGINS_ANEW = /^\s*(?:[-*+]\s|#{1,6}\s|>|$)/;

/** Whether a text is shown without being read as Markdown. */
export function isTooMuch(text: string): boolean {
  if (text.length > MOST_CHARACTERS) return true;
  const lines = text.split(/\r\n|\r|\n/);
  if (lines.length > MOST_LINES) return true;
  let all = 0;
  let here = 0;
  for (const line of lines) {
    const marks = count(line, MARKS);
    here = BEGINS_ANEW.test(line) ? marks : here + marks;
    all += marks;
    if (here > MOST_MARKS_OF_A_PARAGRAPH || all > MOST_MARKS) return true;
    if (count(PREFIX.exec(line)?.[0] ?? "", LEVELS) > MOST_LEVELS) return true;
  }
  return false;
}

function count(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
