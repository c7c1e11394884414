import type { Progress } from "@/api/jobProgress";
import { plural } from "@/lib/text";

/** What became of an ended job, in a sentence. */
export function outcomeOf({ status, result, error, items }: Progress): {
  text: string;
  bad: boolean;
} {
  if (status === "failed") return { text: error ?? "It failed without a reason.", bad: true };
  if (status === "cancelled") return { text: "Cancelled. Completed work is kept.", bad: false };
  if (typeof result?.skipped === "string") {
    return { text: `Nothing to do: ${result.skipped}.`, bad: false };
  }
  if (typeof result?.outcome === "string") {
    const words = { created: "A new document.", updated: "A new version of a document." };
    const text = words[result.outcome as keyof typeof words] ?? "The document was here already.";
    return { text, bad: false };
  }
  if (typeof result?.title === "string") return { text: `“${result.title}”`, bad: false };
  if (items) return { text: itemsSentence(items.done, items.failed), bad: items.failed > 0 };
  return { text: "Done.", bad: false };
}

function itemsSentence(done: number, failed: number): string {
  const sentence = `${plural(done, "memory", "memories")} done`;
  return failed === 0 ? `${sentence}.` : `${sentence}, ${failed} failed: its page lists them.`;
}
