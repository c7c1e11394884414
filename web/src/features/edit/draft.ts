import type { Memory, NewMemory } from "@/api/schema";

/** What the form holds. An empty title means that one is to be written. */
export interface Draft {
  text: string;
  title: string;
  type: string;
  tags: string[];
  source: string;
  confidence: number;
  key: string;
  /** As JSON; empty for none. */
  metadata: string;
  /** Days or ISO 8601; empty for none. */
  validFrom: string;
  validUntil: string;
  reviewAt: string;
  /** Ids of memories that it replaces, beside those that it replaced before. */
  replaces: string[];
}

/** Props of a part of the form. */
export interface DraftFieldProps {
  draft: Draft;
  change: (changed: Partial<Draft>) => void;
}

export const NEW_DRAFT: Draft = {
  text: "",
  title: "",
  type: "note",
  tags: [],
  source: "web",
  confidence: 1,
  key: "",
  metadata: "",
  validFrom: "",
  validUntil: "",
  reviewAt: "",
  replaces: [],
};

export function draftOf(memory: Memory): Draft {
  const { text, title, type, tags, source, confidence, key = "", metadata } = memory;
  return {
    ...{ text, title: title ?? "", type, tags, source, confidence, key },
    metadata: metadata === undefined ? "" : JSON.stringify(metadata, null, 2),
    validFrom: memory.validFrom ?? "",
    validUntil: memory.validUntil ?? "",
    reviewAt: memory.reviewAt ?? "",
    replaces: [],
  };
}

/** As the server takes it. */
export function contentOf(draft: Draft): NewMemory {
  return {
    ...draft,
    title: draft.title.trim() || null,
    type: draft.type.trim() || NEW_DRAFT.type,
    source: draft.source.trim() || NEW_DRAFT.source,
    key: draft.key.trim() || null,
    metadata: metadataOf(draft.metadata) ?? {},
    validFrom: draft.validFrom || null,
    validUntil: draft.validUntil || null,
    reviewAt: draft.reviewAt || null,
  };
}

/** The object that the text says, or undefined while it is none; the server checks the rest. */
export function metadataOf(text: string): NewMemory["metadata"] | undefined {
  if (text.trim() === "") return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as NewMemory["metadata"]) : undefined;
  } catch {
    return undefined;
  }
}

/** Only what differs, so that a save changes nothing that was not touched. */
export function changesOf(before: Draft, after: Draft): Partial<Omit<NewMemory, "workspace">> {
  const [old, now] = [contentOf(before), contentOf(after)];
  const fields = Object.keys(now) as (keyof NewMemory)[];
  const changed = fields.filter((field) => !isSame(old[field], now[field]));
  return Object.fromEntries(changed.map((field) => [field, now[field]]));
}

export function isChanged(before: Draft, after: Draft): boolean {
  return Object.keys(changesOf(before, after)).length > 0;
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export type Field = keyof Draft;

/** The fields that both sides changed, each to something else. */
export function conflictsOf(base: Draft, mine: Draft, theirs: Draft): Field[] {
  const fields = Object.keys(base) as Field[];
  const differs = (a: Draft, b: Draft, field: Field) => !isSame(a[field], b[field]);
  return fields.filter(
    (field) =>
      differs(base, mine, field) && differs(base, theirs, field) && differs(mine, theirs, field),
  );
}

/** Theirs, with what I changed on top. */
export function rebased(base: Draft, mine: Draft, theirs: Draft): Draft {
  const fields = Object.keys(base) as Field[];
  const changed = fields.filter((field) => !isSame(base[field], mine[field]));
  return { ...theirs, ...Object.fromEntries(changed.map((field) => [field, mine[field]])) };
}

/** The day in which a time lies that ends something; midnight ends the day before. */
export function lastDay(end: string): string {
  if (end.length <= "2026-11-30".length) return end;
  return new Date(Date.parse(end) - 1).toISOString().slice(0, 10);
}
