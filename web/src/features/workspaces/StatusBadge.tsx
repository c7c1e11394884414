import type { ProjectStatus } from "@/api/schema";
import classes from "./Workspaces.module.css";
import { STATUSES } from "./statuses";

export function StatusBadge({ status }: { status: ProjectStatus }) {
  return (
    <span className={classes.status} data-status={status}>
      {STATUSES[status]}
    </span>
  );
}
