import { Table } from "@mantine/core";
import { Link } from "react-router";
import type { Job } from "@/api/schema";
import { to } from "@/lib/paths";
import { duration } from "@/lib/time";
import { Time } from "@/ui/Time";
import { aboutJob } from "./about";
import classes from "./JobsTable.module.css";
import { StateBadge } from "./StateBadge";
import { jobTitle, queueTitle } from "./states";

/** Jobs as rows; where it is narrow, only what tells them apart. */
export function JobsTable({ jobs }: { jobs: Job[] }) {
  return (
    <Table
      className={classes.table}
      verticalSpacing="sm"
      horizontalSpacing="1.25rem"
      highlightOnHover
    >
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Job</Table.Th>
          <Table.Th w={128}>State</Table.Th>
          <Table.Th w={132} visibleFrom="md">
            Queue
          </Table.Th>
          <Table.Th w={118} visibleFrom="md">
            Attempts
          </Table.Th>
          <Table.Th w={90} visibleFrom="sm">
            Took
          </Table.Th>
          <Table.Th w={130} visibleFrom="xs">
            Queued
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {jobs.map((job) => (
          <Row key={job.id} job={job} />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Row({ job }: { job: Job }) {
  return (
    <Table.Tr className={classes.row}>
      <Table.Td>
        <Link to={to.job(job.id)} className={classes.subject}>
          {jobTitle(job)}
        </Link>
        <div className={classes.about} data-bad={job.state === "failed" || undefined}>
          {aboutJob(job)}
        </div>
      </Table.Td>
      <Table.Td>
        <StateBadge state={job.state} />
      </Table.Td>
      <Table.Td visibleFrom="md">{queueTitle(job.queue)}</Table.Td>
      <Table.Td visibleFrom="md">
        {job.attemptsMade} of {job.maxAttempts}
      </Table.Td>
      <Table.Td visibleFrom="sm">{tookWords(job)}</Table.Td>
      <Table.Td visibleFrom="xs">
        <Time at={job.timestamp} />
      </Table.Td>
    </Table.Tr>
  );
}

function tookWords({ processedOn, finishedOn }: Job): string {
  return processedOn && finishedOn ? duration(finishedOn - processedOn) : "–";
}
