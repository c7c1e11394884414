import type { ImportResult } from "@/api/transfer";
import { plural } from "@/lib/text";

const NOUNS: [type: string, noun: string][] = [
  ["memories", "memory"],
  ["relationships", "relationship"],
  ["workspaces", "workspace"],
  ["documents", "document"],
];

/** What an import did or would do, in a line. */
export function countsInWords({ counts, dryRun, refused }: ImportResult): string {
  const verbs: [outcome: string, verb: string][] = [
    ["added", dryRun ? "Would add" : "Added"],
    ["updated", dryRun ? "would update" : "updated"],
    ["known", "already here"],
  ];
  const parts = verbs.flatMap(([outcome, verb]) => {
    const said = NOUNS.flatMap(([type, noun]) => {
      const count = counts[type]?.[outcome] ?? 0;
      return count
        ? [type === "memories" ? plural(count, noun, "memories") : plural(count, noun)]
        : [];
    });
    return said.length ? [`${verb} ${said.join(", ")}`] : [];
  });
  if (parts.length === 0) return refused ? "Nothing can be imported." : "Nothing to import.";
  return `${parts.join("; ")}.`;
}
