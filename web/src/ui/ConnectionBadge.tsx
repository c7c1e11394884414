import { Group, Text, Tooltip } from "@mantine/core";
import type { StreamState } from "@/lib/sse";
import classes from "./ConnectionBadge.module.css";

const SIGNS: Record<StreamState, { label: string; says: string }> = {
  connecting: { label: "Connecting", says: "Connecting to the server" },
  live: { label: "Live", says: "Changes appear automatically" },
  reconnecting: {
    label: "Reconnecting",
    says: "Until then, the page refreshes every five seconds",
  },
  ended: { label: "Ended", says: "No more updates" },
};

/** Whether what is shown follows the server by itself. */
export function ConnectionBadge({ state }: { state: StreamState }) {
  const { label, says } = SIGNS[state];
  return (
    <Tooltip label={says}>
      <Group gap={8} wrap="nowrap" px="0.625rem" role="status">
        <span className={classes.dot} data-state={state} />
        <Text size="xs" c="dimmed">
          {label}
        </Text>
      </Group>
    </Tooltip>
  );
}
