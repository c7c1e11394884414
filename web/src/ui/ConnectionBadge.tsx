import { Group, Text, Tooltip } from "@mantine/core";
import type { StreamState } from "@/lib/sse";
import classes from "./ConnectionBadge.module.css";

const SIGNS: Record<StreamState, { label: string; description: string }> = {
  connecting: { label: "Connecting", description: "Connecting to the server" },
  live: { label: "Live", description: "Changes appear automatically" },
  reconnecting: {
    label: "Reconnecting",
    description: "Until then, the page refreshes every five seconds",
  },
  ended: { label: "Ended", description: "No more updates" },
};

/** Shows the state of the event stream. */
export function ConnectionBadge({ state }: { state: StreamState }) {
  const { label, description } = SIGNS[state];
  return (
    <Tooltip label={description}>
      <Group gap={8} wrap="nowrap" px="0.625rem" role="status">
        <span className={classes.dot} data-state={state} />
        <Text size="xs" c="dimmed">
          {label}
        </Text>
      </Group>
    </Tooltip>
  );
}
