import { Anchor, Code, Group, Stack, Text, Title } from "@mantine/core";
import { IconBoxOff, IconChevronLeft } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { ApiError } from "@/api/client";
import { FINAL_STATES, progressOf } from "@/api/jobProgress";
import type { Job } from "@/api/schema";
import { to } from "@/lib/paths";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { JobActions } from "./JobActions";
import { JobFacts } from "./JobFacts";
import { JobFailures } from "./JobFailures";
import classes from "./JobPage.module.css";
import { JobProgressMonitor } from "./JobProgressMonitor";
import { outcomeOf } from "./outcome";
import { isQueueUnavailable } from "./queueUnavailable";
import { QueueUnavailable } from "./QueueUnavailable";
import { admin } from "./queries";
import tones from "./State.module.css";
import { StateBadge } from "./StateBadge";
import { jobTitle, STATES } from "./states";

export function JobPage() {
  const { jobId = "" } = useParams();
  const { data: job, error, refetch } = useQuery(admin.job(jobId));
  return (
    <>
      <Anchor component={Link} to={to.jobs()} size="sm" className={classes.back}>
        <IconChevronLeft size={15} aria-hidden />
        All jobs
      </Anchor>
      {isQueueUnavailable(error) && <QueueUnavailable />}
      {job && !isGone(error) ? (
        <Shown job={job} />
      ) : (
        (isGone(error) && <Gone />) ||
        (error && !isQueueUnavailable(error) && (
          <Failure error={error} retry={() => void refetch()} />
        )) || <RowsSkeleton rows={5} />
      )}
    </>
  );
}

function isGone(error: unknown): boolean {
  return error instanceof ApiError && error.status === 404;
}

function Gone() {
  return (
    <Empty icon={IconBoxOff} title="Job not found">
      It may have been removed: finished jobs are kept for a few days only.
    </Empty>
  );
}

function Shown({ job }: { job: Job }) {
  const ended = FINAL_STATES.has(job.state);
  return (
    <>
      <PageHeader title={<Heading job={job} />} actions={<JobActions job={job} />}>
        <Text size="xs" ff="monospace" component="span">
          {job.id}
        </Text>
      </PageHeader>
      <Stack gap="lg">
        {ended ? (
          <Outcome job={job} />
        ) : (
          <Panel flush>
            <JobProgressMonitor job={job} />
          </Panel>
        )}
        <JobFacts job={job} />
        {job.items && <JobFailures jobId={job.id} failed={job.items.failed} />}
        <Json title="Input" value={job.data} />
        {job.returnvalue && <Json title="Result" value={job.returnvalue} />}
      </Stack>
    </>
  );
}

function Heading({ job }: { job: Job }) {
  return (
    <Group gap="sm" component="span">
      {jobTitle(job)}
      <StateBadge state={job.state} />
    </Group>
  );
}

function Outcome({ job }: { job: Job }) {
  const { icon: Picture } = STATES[job.state];
  return (
    <div className={`${tones.toned} ${classes.outcome}`} data-state={job.state}>
      <Picture size={20} stroke={1.8} aria-hidden />
      {outcomeOf(progressOf(job)).text}
    </div>
  );
}

function Json({ title, value }: { title: string; value: unknown }) {
  return (
    <section aria-label={title} className={classes.part}>
      <Title order={2} size="h3" mb="xs">
        {title}
      </Title>
      <Code block className={classes.json} tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </Code>
    </section>
  );
}
