import { Alert, Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { ApiError } from "@/api/client";
import { admin } from "./queries";

/** Only while the server answers but its queue does not; goes away by itself. */
export function QueueAway() {
  const { error } = useQuery({ ...admin.counts(), ...whileAway });
  if (!isQueueAway(error)) return null;
  return (
    <Alert
      icon={<IconPlugConnectedX />}
      color="honey"
      variant="light"
      mb="lg"
      title="The job queue is not available"
      role="status"
    >
      <Text size="sm">
        {error.problem.message} {error.problem.hint}
      </Text>
      <Text size="sm" mt={4}>
        Memories are stored and found by their words meanwhile; what was missed is made up for once
        the queue is back. This page tries again by itself.
      </Text>
    </Alert>
  );
}

export function isQueueAway(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 503;
}

/** Nothing tells the page that the queue is back: it asks. */
export const whileAway = {
  refetchInterval: (query: { state: { error: unknown } }) =>
    isQueueAway(query.state.error) ? 5_000 : (false as const),
};
