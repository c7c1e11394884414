import { Skeleton, Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { ActionsPanel } from "./ActionsPanel";
import { ActiveJobs } from "./ActiveJobs";
import { HelpPanel } from "./HelpPanel";
import { isQueueUnavailable } from "./queueUnavailable";
import { QueueCard } from "./QueueCard";
import cards from "./QueueCard.module.css";
import { admin } from "./queries";
import { QUEUES } from "./states";

export function Overview() {
  return (
    <Stack gap="lg">
      <Queues />
      <ActiveJobs />
      <ActionsPanel />
      <HelpPanel />
    </Stack>
  );
}

function Queues() {
  const { data, error, refetch } = useQuery(admin.counts());
  const { data: throughput } = useQuery(admin.throughput());
  if (!data && error) {
    return isQueueUnavailable(error) ? null : (
      <Failure error={error} retry={() => void refetch()} />
    );
  }
  return (
    <div className={cards.cards}>
      {QUEUES.map((queue) =>
        data ? (
          <QueueCard
            key={queue.name}
            queue={queue}
            counts={data[queue.count]}
            minutes={throughput?.[queue.count]}
          />
        ) : (
          <Panel key={queue.name} aria-busy="true" aria-label="Loading">
            <Skeleton height={46} width="60%" mb="md" />
            <Skeleton height={62} mb="lg" />
            <Skeleton height={73} />
          </Panel>
        ),
      )}
    </div>
  );
}
