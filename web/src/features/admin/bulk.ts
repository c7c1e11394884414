import { FINAL_STATES } from "@/api/jobProgress";
import type { Job } from "@/api/schema";

const BULK = "bulk-regenerate-embeddings";

/** Whether everything is being re-embedded now. */
export function isRunning(jobs: Job[]): boolean {
  return jobs.some(
    (job) => job.name === BULK && !job.data.memoryIds && !FINAL_STATES.has(job.state),
  );
}

/** How many memories a second the latest completed bulk job embedded, if there is one. */
export function lastRate(jobs: Job[]): number | undefined {
  const last = jobs.find(
    (job) => job.name === BULK && job.state === "completed" && job.items?.done,
  );
  if (!last?.items || !last.processedOn || !last.finishedOn) return undefined;
  return (last.items.done / Math.max(1, last.finishedOn - last.processedOn)) * 1_000;
}
