import type {
  NewWorkspace,
  ProjectStatus,
  Workspace,
  WorkspaceEdit,
  WorkspaceKind,
} from "@/api/schema";

/** Stands for no workspace above; no path is so. */
export const ROOT = "";

/** What the form holds. */
export interface WorkspaceDraft {
  name: string;
  slug: string;
  parent: string;
  kind: WorkspaceKind;
  description: string;
  status: ProjectStatus;
  victoryConditions: string;
}

export function draftOf(workspace: Workspace | undefined, parent: string): WorkspaceDraft {
  return {
    name: workspace?.name ?? "",
    slug: workspace?.slug ?? "",
    parent,
    kind: workspace?.kind ?? "workspace",
    description: workspace?.description ?? "",
    status: workspace?.status ?? "active",
    victoryConditions: workspace?.victoryConditions ?? "",
  };
}

/** As the server takes a new one. */
export function bodyOf(draft: WorkspaceDraft): NewWorkspace {
  const { name, parent, kind, description, status, victoryConditions } = draft;
  const project =
    kind === "project" ? { status, victoryConditions: victoryConditions || null } : {};
  return { name: name.trim(), parent: parent || null, kind, description, ...project };
}

/** Only what differs; a status makes a project of a workspace. */
export function changeOf(before: Workspace, draft: WorkspaceDraft): WorkspaceEdit {
  const now = { name: draft.name.trim(), slug: draft.slug.trim(), description: draft.description };
  const { status, victoryConditions } = draft;
  const project = draft.kind === "project" ? { status, victoryConditions } : {};
  const fields = Object.entries({ ...now, ...project });
  return Object.fromEntries(
    fields.filter(([field, value]) => value !== (before[field as keyof Workspace] ?? "")),
  );
}
