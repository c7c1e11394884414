import { Group, Text, Tooltip } from "@mantine/core";
import type { StreamState } from "@/lib/sse";
import classes from "./ConnectionSign.module.css";

const SIGNS: Record<StreamState, { label: string; says: string }> = {
  connecting: { label: "Connecting", says: "The first connection is being made" },
  live: { label: "Live", says: "Changes appear here by themselves" },
  reconnecting: {
    label: "Reconnecting",
    says: "Until then, everything is read every five seconds",
  },
  ended: { label: "Ended", says: "There is nothing more to follow" },
};

/** Whether what is shown follows the server by itself. */
export function ConnectionSign({ state }: { state: StreamState }) {
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
