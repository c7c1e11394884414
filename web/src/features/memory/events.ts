import type { EventType, MemoryEvent } from "@/api/schema";
import { plural } from "@/lib/text";
import { fieldName, fieldValue } from "./fields";

type EventData = Record<string, unknown>;

type NameWorkspace = (id: unknown) => string;

const SENTENCES: Record<EventType, (data: EventData, workspace: NameWorkspace) => string> = {
  memory_created: () => "Stored",
  content_updated: (data) => joined(`Text changed: ${lines(data)}`, changes(data)),
  metadata_updated: (data) => changes(data) || "Changed",
  title_generated: ({ title }) => `Title written: “${fieldValue(title)}”`,
  memory_reverted: ({ from, to }) =>
    `Reverted from version ${fieldValue(from)} to version ${fieldValue(to)}`,
  memory_archived: () => "Archived",
  memory_restored: ({ from, lostKey }) =>
    joined(
      `Restored from the ${from === "trash" ? "trash" : "archive"}`,
      lostKey ? `its key ${fieldValue(lostKey)} belongs to another memory now` : "",
    ),
  memory_pinned: () => "Pinned",
  memory_unpinned: () => "Unpinned",
  memory_deleted: () => "Moved to the trash",
  relationship_added: ({ type }) => `Related to another memory: ${fieldValue(type)}`,
  version_purged: ({ purged }) => `Version ${fieldValue(purged)} purged`,
  memory_moved: ({ from, to, keyGivenUp }, workspace) =>
    joined(
      `Moved from ${workspace(from)} to ${workspace(to)}`,
      keyGivenUp ? `its key ${fieldValue(keyGivenUp)} was taken there` : "",
    ),
  memory_rekeyed: changes,
  memory_superseded: () => "Replaced by another memory",
  memory_reinstated: () => "Holds again: no memory replaces it any more",
  change_undone: ({ undone }) => `Version ${fieldValue(undone)} undone`,
  relationship_removed: ({ type }) => `A relationship removed: ${fieldValue(type)}`,
};

/** An event in one line; `paths` of workspaces by id. */
export function describe(event: MemoryEvent, paths: ReadonlyMap<string, string>): string {
  const workspace: NameWorkspace = (id) =>
    typeof id === "string" ? (paths.get(id) ?? "another workspace") : "no workspace";
  return SENTENCES[event.type](event.data, workspace);
}

function lines({ added, removed }: EventData): string {
  return `${plural(Number(added ?? 0), "line")} added, ${Number(removed ?? 0)} removed`;
}

/** The event's `changes`: each field's `old` and `new` value. */
function changes({ changes: fields }: EventData): string {
  const pairs = Object.entries((fields ?? {}) as Record<string, { old: unknown; new: unknown }>);
  return pairs
    .map(
      ([field, { old, new: now }]) =>
        `${fieldName(field)}: ${fieldValue(old)} → ${fieldValue(now)}`,
    )
    .join("; ");
}

function joined(...parts: string[]): string {
  return parts.filter(Boolean).join("; ");
}
