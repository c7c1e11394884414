import { Button } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { liveState } from "@/api/live";
import type { JobGroup } from "@/api/schema";
import { to } from "@/lib/paths";
import { useStore } from "@/lib/store";
import { plural } from "@/lib/text";
import { duration } from "@/lib/time";
import { showError, showSuccess } from "@/ui/toast";
import { groupState, isRun, isSteady, openOf, settledOf } from "./groups";
import { paceOf, percentOf } from "./pace";
import { ProgressCard } from "./ProgressCard";
import { admin, steer } from "./queries";

/** The many jobs of one click as one: their counts come with the page's own stream. */
export function GroupMonitor({ group, readAt }: { group: JobGroup; readAt: number }) {
  const settled = settledOf(group);
  const end = group.finishedAt ?? readAt;
  const live = useStore(liveState);
  const { data: counts } = useQuery(admin.counts());
  const paused = openOf(group) > 0 && (counts?.titleQueue.paused ?? false);
  return (
    <ProgressCard
      title={isRun(group) ? "Titles of new memories" : `Write ${plural(group.total, "title")}`}
      id={group.id}
      link={to.jobs(isRun(group) ? { queue: group.queue } : { q: group.id })}
      state={paused ? "waiting" : groupState(group)}
      percent={percentOf(settled, group.total)}
      tally={{
        total: group.total,
        done: group.states.completed ?? 0,
        failed: group.states.failed ?? 0,
      }}
      pace={
        !paused && isSteady(group, readAt)
          ? paceOf(settled, group.total, group.startedAt, end)
          : undefined
      }
      connection={group.finishedAt ? "ended" : live}
      updatedAt={end}
      note={paused ? "Waits: the titles queue is paused." : noteOf(group)}
      actions={!isRun(group) && openOf(group) > 0 && <CancelGroup group={group} />}
    />
  );
}

function noteOf(group: JobGroup): string | undefined {
  const { finishedAt } = group;
  if (isRun(group) || finishedAt === null) return undefined;
  const cancelled = group.states.cancelled ?? 0;
  const took = `Took ${duration(finishedAt - group.startedAt)}.`;
  return cancelled > 0 ? `${took} ${plural(cancelled, "job")} cancelled.` : took;
}

function CancelGroup({ group }: { group: JobGroup }) {
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => steer.cancelGroup(group.id),
    onSuccess: ({ count }) => showSuccess(`${plural(count, "job")} cancelled`),
    onError: showError,
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  return (
    <Button
      variant="default"
      size="compact-sm"
      loading={cancel.isPending}
      onClick={() => cancel.mutate()}
      aria-label="Cancel what is left of this group"
    >
      Cancel
    </Button>
  );
}
