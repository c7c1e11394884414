import type { Job } from "@/api/schema";

const SETTLED_MS = 1_500;
const MOST = 3;

/**
 * Which jobs are shown with a stream of their own.
 *
 * Few, for a browser opens only six connections to one server; the long ones first. A job that
 * began only now is left out: most are over before anybody could read their name.
 */
export function followed(jobs: Job[], now: number): Job[] {
  const alone = jobs.filter(
    (job) => !job.groupId && now - (job.processedOn ?? job.timestamp) > SETTLED_MS,
  );
  const bulk = jobs.filter((job) => job.items || job.name.startsWith("bulk-"));
  return [...new Set([...bulk, ...alone])].slice(0, MOST);
}

/** Those that were shown stay, as they are now known, until they are dismissed. */
export function kept(before: Job[], current: Job[], dismissed: ReadonlySet<string>): Job[] {
  const now = new Map(current.map((job) => [job.id, job]));
  const old = before.map((job) => now.get(job.id) ?? job);
  const known = new Set(before.map(({ id }) => id));
  const fresh = current.filter(({ id }) => !known.has(id));
  return [...fresh, ...old].filter(({ id }) => !dismissed.has(id));
}
