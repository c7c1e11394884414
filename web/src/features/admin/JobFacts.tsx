import { Anchor } from "@mantine/core";
import { Link } from "react-router";
import type { Job } from "@/api/schema";
import { to } from "@/lib/paths";
import { count } from "@/lib/text";
import { duration } from "@/lib/time";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { type KeyValue, KeyValueList } from "./KeyValueList";
import { queueTitle } from "./states";

export function JobFacts({ job }: { job: Job }) {
  return (
    <Panel aria-label="Facts">
      <KeyValueList items={[...timings(job), ...origins(job)]} />
    </Panel>
  );
}

function timings(job: Job): KeyValue[] {
  const { timestamp, processedOn, finishedOn } = job;
  return [
    ["Queue", queueTitle(job.queue)],
    ["Queued", <Time key="queued" at={timestamp} />],
    ["Waited", processedOn ? duration(processedOn - timestamp) : "–"],
    ["Began", processedOn ? <Time key="began" at={processedOn} /> : "not yet"],
    ["Ended", finishedOn ? <Time key="ended" at={finishedOn} /> : "not yet"],
    ["Took", processedOn && finishedOn ? duration(finishedOn - processedOn) : "–"],
    ["Attempts", `${job.attemptsMade} of ${job.maxAttempts}`],
  ];
}

function origins(job: Job): KeyValue[] {
  const facts: KeyValue[] = [];
  if (job.items) {
    const { total, done, failed } = job.items;
    facts.push(["Memories", `${count(done)} of ${count(total)} done, ${count(failed)} failed`]);
  }
  if (job.rescues > 0) facts.push(["Taken from dead workers", count(job.rescues)]);
  if (job.memoryId) facts.push(["Memory", <MemoryLink key="memory" id={job.memoryId} />]);
  if (job.groupId) {
    facts.push([
      "Part of",
      <Anchor key="group" component={Link} to={to.jobs({ q: job.groupId })}>
        a group of jobs
      </Anchor>,
    ]);
  }
  return facts;
}

function MemoryLink({ id }: { id: string }) {
  return (
    <Anchor component={Link} to={to.memory(id)}>
      Open it
    </Anchor>
  );
}
