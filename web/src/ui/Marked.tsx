import { marked } from "@/lib/marks";

/** A text with the words of a query marked. */
export function Marked({ text, words }: { text: string; words: string[] }) {
  return marked(text, words).map((piece) =>
    piece.marked ? <mark key={piece.at}>{piece.text}</mark> : piece.text,
  );
}
