import { CloseButton, Progress, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { documents } from "@/api/documents";
import type { Job } from "@/api/schema";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import classes from "./Documents.module.css";

/** A file or address that was sent from this page: its job, or why it was refused. */
export interface Sent {
  name: string;
  jobId?: string;
  error?: string;
}

interface Props {
  sent: Sent[];
  onDismiss: (index: number) => void;
}

/** What was sent since the page was opened, each with its progress and its outcome. */
export function Ingestions({ sent, onDismiss }: Props) {
  if (sent.length === 0) return null;
  return (
    <Panel flush aria-label="Just added" mb="md">
      <ul className={classes.list}>
        {sent.map((each, index) => (
          <li key={each.jobId ?? each.name} className={classes.row}>
            <div className={classes.words}>
              <Text fw={600}>{each.name}</Text>
              {each.jobId ? <Ingestion jobId={each.jobId} /> : <Refused reason={each.error} />}
            </div>
            <CloseButton aria-label={`Dismiss: ${each.name}`} onClick={() => onDismiss(index)} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Refused({ reason }: { reason?: string }) {
  return reason ? (
    <Text size="sm" className={classes.failed} role="alert">
      {reason}
    </Text>
  ) : (
    <Text size="sm" c="dimmed">
      sending…
    </Text>
  );
}

function Ingestion({ jobId }: { jobId: string }) {
  const { data: job, error } = useQuery(documents.ingestion(jobId));
  if (error && !job) return <Refused reason={error.message} />;
  if (!job) return <Refused />;
  if (job.state === "failed") return <Refused reason={job.failedReason ?? "It failed."} />;
  if (job.state === "completed") return <Outcome job={job} />;
  return (
    <>
      <Progress value={job.progress} aria-label="Progress" my={6} />
      <Text size="xs" c="dimmed">
        {job.state}, {job.progress} %
      </Text>
    </>
  );
}

function Outcome({ job }: { job: Job }) {
  const result = job.returnvalue ?? {};
  const parts = Number(result.added) + Number(result.updated) + Number(result.kept);
  const words = {
    created: `Added, ${plural(parts, "part")}`,
    updated: `A new version: ${Number(result.updated)} changed, ${Number(result.added)} new, ${Number(result.removed)} removed`,
  }[String(result.outcome)];
  return (
    <Text size="sm" component={Link} to={to.document(String(result.documentId))}>
      {words ?? "Already here"}
    </Text>
  );
}
