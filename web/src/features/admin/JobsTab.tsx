import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconListSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { JobsFilter } from "./JobsFilter";
import { JobsTable } from "./JobsTable";
import { filterOf, withValue } from "./jobFilter";
import { isQueueUnavailable } from "./queueUnavailable";
import { admin } from "./queries";

/** Every job, newest first; the filter and the page are in the address. */
export function JobsTab() {
  const [params] = useSearchParams();
  const filter = filterOf(params);
  const { data, error, refetch, isPlaceholderData } = useQuery(admin.jobs(filter));
  return (
    <>
      <JobsFilter />
      {data ? (
        <Panel flush style={{ opacity: isPlaceholderData ? 0.6 : 1 }} aria-busy={isPlaceholderData}>
          {data.jobs.length > 0 ? (
            <JobsTable jobs={data.jobs} />
          ) : (
            <NoJobs goesOn={data.nextCursor !== undefined} />
          )}
        </Panel>
      ) : (
        <Missing error={error} retry={() => void refetch()} />
      )}
      <Paging next={data?.nextCursor} />
    </>
  );
}

/** In place of the jobs; that the queue is away stands above every tab. */
function Missing({ error, retry }: { error: Error | null; retry: () => void }) {
  if (!error) return <RowsSkeleton rows={8} />;
  return isQueueUnavailable(error) ? null : <Failure error={error} retry={retry} />;
}

function NoJobs({ goesOn }: { goesOn: boolean }) {
  const [params, setParams] = useSearchParams();
  const filtered = params.size > 0;
  if (goesOn) {
    return (
      <Empty icon={IconListSearch} title="No results yet">
        Only the newest jobs were searched; older ones are on the next page.
      </Empty>
    );
  }
  return (
    <Empty
      icon={IconListSearch}
      title={filtered ? "No matching jobs" : "No jobs yet"}
      action={
        filtered && (
          <Button variant="default" onClick={() => setParams({})}>
            Show all jobs
          </Button>
        )
      }
    >
      {filtered
        ? "Ended jobs are removed after some days."
        : "They start when memories are stored."}
    </Empty>
  );
}

function Paging({ next }: { next: string | undefined }) {
  const [params, setParams] = useSearchParams();
  const later = params.has("cursor");
  if (!later && !next) return null;
  return (
    <Group justify="space-between" mt="md">
      <Button
        variant="default"
        leftSection={<IconChevronLeft size={16} />}
        disabled={!later}
        onClick={() => setParams(withValue(params, "cursor", null))}
      >
        Newest
      </Button>
      <Text size="sm" c="dimmed" visibleFrom="xs">
        {later ? "Older jobs" : "The newest jobs"}
      </Text>
      <Button
        variant="default"
        rightSection={<IconChevronRight size={16} />}
        disabled={!next}
        onClick={() => setParams(withValue(params, "cursor", next ?? null))}
      >
        Older
      </Button>
    </Group>
  );
}
