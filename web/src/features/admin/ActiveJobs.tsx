import { Button, CloseButton, Group, Skeleton, Text, Title } from "@mantine/core";
import { IconCoffee } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import type { Progress } from "@/api/jobProgress";
import type { Job } from "@/api/schema";
import { to } from "@/lib/paths";
import { count } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import { showSuccess } from "@/ui/toast";
import classes from "./ActiveJobs.module.css";
import { GroupMonitor } from "./GroupMonitor";
import { shownGroups } from "./groups";
import { JobProgressMonitor } from "./JobProgressMonitor";
import { outcomeOf } from "./outcome";
import { admin } from "./queries";
import { selectFollowedJobs, mergeFollowedJobs } from "./followedJobs";
import { jobTitle } from "./states";

/** What goes on now, and what ended while it was looked at. */
export function ActiveJobs() {
  const groups = useQuery(admin.groups());
  const { jobs, dismiss, isPending } = useFollowedJobs();
  const shown = shownGroups(groups.data?.groups ?? [], groups.dataUpdatedAt);
  const waiting = isPending || groups.isPending;
  if (groups.isError && !groups.data) return null;
  return (
    <Panel flush aria-labelledby="active-jobs">
      <Group justify="space-between" className={classes.head}>
        <Title order={2} size="h3" id="active-jobs">
          Active jobs
        </Title>
        <MoreActive />
      </Group>
      {shown.map((group) => (
        <GroupMonitor key={group.id} group={group} readAt={groups.dataUpdatedAt} />
      ))}
      {jobs.map((job) => (
        <Followed key={job.id} job={job} onDismiss={() => dismiss(job.id)} />
      ))}
      {waiting ? (
        <div className={classes.none}>
          <Skeleton height={14} width="40%" />
        </div>
      ) : (
        shown.length + jobs.length === 0 && <Nothing />
      )}
    </Panel>
  );
}

function Nothing() {
  return (
    <div className={classes.none}>
      <IconCoffee size={20} stroke={1.5} aria-hidden />
      <Text size="sm" c="dimmed">
        No jobs are running. They start when memories are stored, or from the actions below.
      </Text>
    </div>
  );
}

function MoreActive() {
  const { data } = useQuery(admin.counts());
  const active = data
    ? data.titleQueue.active + data.embeddingQueue.active + data.documentQueue.active
    : 0;
  if (active === 0) return null;
  return (
    <Button component={Link} to={to.jobs({ state: "active" })} variant="subtle" size="compact-sm">
      {count(active)} active
    </Button>
  );
}

function Followed({ job, onDismiss }: { job: Job; onDismiss: () => void }) {
  const [ended, setEnded] = useState(false);
  const tell = (last: Progress) => {
    setEnded(true);
    const { text, bad } = outcomeOf(last);
    if (bad) showSuccess(`${jobTitle(job)}: ${text}`); // what ended well is said by its card
  };
  return (
    <div className={classes.followed}>
      <JobProgressMonitor job={job} onComplete={tell} onError={tell} />
      {ended && (
        <CloseButton
          className={classes.dismiss}
          size="sm"
          onClick={onDismiss}
          aria-label={`Dismiss: ${jobTitle(job)}`}
        />
      )}
    </div>
  );
}

/** Jobs with a stream of their own; what ended stays until it is dismissed. */
function useFollowedJobs() {
  const active = useQuery(admin.jobs({ state: "active", limit: 50 }));
  const waiting = useQuery(
    admin.jobs({ queue: "embedding-regeneration", state: "waiting", limit: 10 }),
  );
  const [before, setBefore] = useState<Job[]>([]);
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set());
  const listed = [...(active.data?.jobs ?? []), ...(waiting.data?.jobs ?? [])];
  const jobs = mergeFollowedJobs(
    before,
    selectFollowedJobs(listed, active.dataUpdatedAt),
    dismissed,
  );
  const changed = jobs.length !== before.length || jobs.some((job, n) => job !== before[n]);
  if (changed) setBefore(jobs);
  return {
    jobs,
    dismiss: (id: string) => setDismissed(new Set([...dismissed, id])),
    isPending: active.isPending || waiting.isPending,
  };
}
