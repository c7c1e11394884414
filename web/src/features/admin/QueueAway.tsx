import { Text } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { isQueueAway } from "./away";
import { Notice } from "./Notice";
import { admin } from "./queries";

/** Only while the server answers but its queue does not; goes away by itself. */
export function QueueAway() {
  const { error } = useQuery(admin.counts());
  if (!isQueueAway(error)) return null;
  return (
    <Notice icon={IconPlugConnectedX} title="The job queue is not available">
      <Text size="sm">{error.problem.message}</Text>
      <Text size="sm">{error.problem.hint} This page tries again by itself.</Text>
    </Notice>
  );
}
