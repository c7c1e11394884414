import type { ProjectStatus, WorkspaceEvent, WorkspaceEventType } from "@/api/schema";
import { STATUSES } from "./statuses";

type EventData = Record<string, unknown>;

const LONG_TEXTS = new Set(["description", "victoryConditions"]);
const NAMES: Record<string, string> = {
  name: "Name",
  slug: "Slug",
  path: "Path",
  description: "Description",
  status: "Status",
  victoryConditions: "Victory conditions",
};

const SENTENCES: Record<WorkspaceEventType, (data: EventData) => string> = {
  workspace_created: ({ path }) => `Created as ${text(path)}`,
  workspace_updated: changes,
  // where it was before is not told to those who may see nothing there
  workspace_moved: ({ from, to }) =>
    from ? `Moved from ${text(from)} to ${text(to)}` : `Moved to ${text(to)}`,
  workspace_archived: () => "Archived",
  workspace_restored: () => "Restored from the archive",
  workspace_deleted: ({ path }) => `Deleted: ${text(path)}`,
};

/** What happened to a workspace, in one line. */
export function describe({ type, data }: WorkspaceEvent): string {
  return SENTENCES[type](data) || "Changed";
}

/** The `changes` of an event: each field's old and new value; of long texts, only that. */
function changes({ changes: fields }: EventData): string {
  const pairs = Object.entries((fields ?? {}) as Record<string, { old: unknown; new: unknown }>);
  return pairs
    .map(([field, { old, new: now }]) => {
      const name = NAMES[field] ?? field;
      return LONG_TEXTS.has(field) ? `${name} changed` : `${name}: ${text(old)} → ${text(now)}`;
    })
    .join("; ");
}

function text(value: unknown): string {
  if (value === null || value === undefined || value === "") return "none";
  const word = String(value);
  return STATUSES[word as ProjectStatus] ?? word;
}
