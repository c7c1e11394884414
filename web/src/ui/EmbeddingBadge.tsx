import { Tooltip } from "@mantine/core";
import { IconAlertCircle, IconLoader2 } from "@tabler/icons-react";
import classes from "./EmbeddingBadge.module.css";

const SIGNS = {
  pending: {
    icon: IconLoader2,
    label: "embedding…",
    description: "Found by its words now, and by meaning once it is embedded",
  },
  failed: {
    icon: IconAlertCircle,
    label: "not embedded",
    description: "The embedding failed: it is found by its words only. Admin can try again",
  },
};

/** Whether the search by meaning knows a memory; silent when it does. */
export function EmbeddingBadge({ status }: { status: "pending" | "ready" | "failed" }) {
  if (status === "ready") return null;
  const { icon: Picture, label, description } = SIGNS[status];
  return (
    <Tooltip label={description} multiline maw={280}>
      <span className={classes.sign} data-status={status}>
        <Picture size={14} aria-hidden />
        {label}
      </span>
    </Tooltip>
  );
}
