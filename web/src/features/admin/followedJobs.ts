import type { Job } from "@/api/schema";

const MIN_AGE_MS = 1_500;
const MAX_FOLLOWED = 3;
const MAX_SHOWN = 6;

/**
 * Select the jobs to show with an event stream each: bulk jobs first.
 *
 * At most MAX_FOLLOWED, because a browser opens only six connections to one server. Jobs younger
 * than MIN_AGE_MS are left out: most end before their name could be read.
 */
export function selectFollowedJobs(jobs: Job[], now: number): Job[] {
  const alone = jobs.filter(
    (job) => !job.groupId && now - (job.processedOn ?? job.timestamp) > MIN_AGE_MS,
  );
  const bulk = jobs.filter((job) => job.items || job.name.startsWith("bulk-"));
  return [...new Set([...bulk, ...alone])].slice(0, MAX_FOLLOWED);
}

/**
 * Add newly followed jobs to those shown, refresh these, and leave out dismissed ones.
 *
 * Of those that ended the newest stay, so that a page that is open for days does not grow.
 */
export function mergeFollowedJobs(
  before: Job[],
  current: Job[],
  dismissed: ReadonlySet<string>,
): Job[] {
  const now = new Map(current.map((job) => [job.id, job]));
  const old = before.map((job) => now.get(job.id) ?? job);
  const known = new Set(before.map(({ id }) => id));
  const fresh = current.filter(({ id }) => !known.has(id));
  return [...fresh, ...old].filter(({ id }) => !dismissed.has(id)).slice(0, MAX_SHOWN);
}
