import { Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { isQueueUnavailable } from "./queueUnavailable";
import { Notice } from "./Notice";
import { admin } from "./queries";

/** A notice while the server answers but its job queue does not. */
export function QueueUnavailable() {
  const { error } = useQuery(admin.counts());
  if (!isQueueUnavailable(error)) return null;
  return (
    <Notice icon={IconPlugConnectedX} title="The job queue is not available">
      <Text size="sm">{error.problem.message}</Text>
      <Text size="sm">{error.problem.hint} This page retries automatically.</Text>
    </Notice>
  );
}
