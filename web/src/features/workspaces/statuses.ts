import type { ProjectStatus } from "@/api/schema";

/** What a project's status is called. */
export const STATUSES: Record<ProjectStatus, string> = {
  draft: "Draft",
  active: "Active",
  on_hold: "On hold",
  completed: "Completed",
  cancelled: "Cancelled",
  archived: "Archived",
};
