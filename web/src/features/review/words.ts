import type { Proposal, ProposalKind, ProposedMemory } from "@/api/schema";
import { plural } from "@/lib/text";

const KINDS: Record<ProposalKind, string> = {
  replace: "Replace",
  merge: "Merge",
  retitle: "Title",
  retag: "Tags",
  review: "Review",
  secrets: "Secrets",
  new: "New memory",
};

export function kindName(kind: ProposalKind): string {
  return KINDS[kind];
}

/** What accepting does, in words. */
export function deed({ kind, suggestion, memories }: Proposal): string {
  switch (kind) {
    case "replace":
      return `The first replaces ${plural(memories.length - 1, "other", "others")}.`;
    case "merge":
      return `One text replaces all ${memories.length}.`;
    case "retitle":
      return `The title becomes “${text(suggestion.title)}”.`;
    case "retag":
      return `The tags become ${texts(suggestion.tags).join(", ")}.`;
    case "review":
      return suggestion.archive ? "It is archived." : "It still holds: its review date goes.";
    case "secrets":
      return "What looks like a secret is masked.";
    case "new":
      return "A new memory is stored.";
  }
}

/** The text that accepting stores, if there is a new one. */
export function newText({ suggestion }: Proposal): string | undefined {
  return typeof suggestion.text === "string" ? suggestion.text : undefined;
}

export function nameOfProposed({ title, text: words }: ProposedMemory): string {
  return title ?? words?.slice(0, 80) ?? "A deleted memory";
}

/** The ids of what most people accept unseen, as many as one request takes. */
export function recommendedOf(proposals: Proposal[]): string[] {
  return proposals
    .filter(({ recommended, state }) => recommended && state === "open")
    .map(({ id }) => id)
    .slice(0, 100);
}

/** A text of a suggestion, which may hold anything. */
export function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The texts in a list of a suggestion. */
export function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];
}
