import { Text } from "@mantine/core";
import { FINAL_STATES, type Progress, progressOf, useJobProgress } from "@/api/jobProgress";
import type { Job } from "@/api/schema";
import { to } from "@/lib/paths";
import { JobActions } from "./JobActions";
import { outcomeOf } from "./outcome";
import { paceOf } from "./pace";
import { ProgressCard } from "./ProgressCard";
import { jobTitle } from "./states";

interface Props {
  job: Job;
  onComplete?: (last: Progress) => void;
  onError?: (last: Progress) => void;
}

/** Follows one job to its end over a stream of its own, which is closed then. */
export function JobProgressMonitor({ job, onComplete, onError }: Props) {
  const { latest, connection } = useJobProgress(job.id, { onComplete, onError });
  const now = latest ?? progressOf(job);
  const ended = FINAL_STATES.has(now.status);
  const { items } = now;
  const settled = items ? items.done + items.failed : now.progress;
  return (
    <ProgressCard
      title={jobTitle(job)}
      id={job.id}
      link={to.job(job.id)}
      state={now.status}
      percent={now.progress}
      tally={items}
      pace={items && paceOf(settled, items.total, job.processedOn, now.timestamp)}
      connection={connection}
      updatedAt={now.timestamp}
      note={ended ? <Outcome progress={now} /> : attemptNote(now, job)}
      actions={!ended && <JobActions job={job} compact />}
    />
  );
}

function Outcome({ progress }: { progress: Progress }) {
  const { text, bad } = outcomeOf(progress);
  return (
    <Text size="sm" c={bad ? "red" : "dimmed"} component="span">
      {text}
    </Text>
  );
}

function attemptNote({ attempt, status, error }: Progress, job: Job): string | undefined {
  if (status === "delayed") return `Will be retried. ${error ?? job.failedReason ?? ""}`.trim();
  if (job.cancelRequested) return "Is being cancelled: it stops at its next step.";
  if (attempt && attempt > 1) return `Attempt ${attempt} of ${job.maxAttempts}`;
  return undefined;
}
