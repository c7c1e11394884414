import type { Job } from "@/api/schema";
import { count, excerpt, plural } from "@/lib/text";

/** What tells a job apart from others of its kind: its error, its result, or what it is about. */
export function aboutJob(job: Job): string {
  if (job.state === "failed" && job.failedReason) return job.failedReason;
  if (job.items) return itemsWords(job.items);
  const title = job.returnvalue?.title;
  if (typeof title === "string") return `“${title}”`;
  if (typeof job.data.text === "string") return excerpt(job.data.text, 140);
  return job.memoryId ?? job.id;
}

function itemsWords({ total, done, failed }: NonNullable<Job["items"]>): string {
  const words = `${count(done)} of ${plural(total, "memory", "memories")} done`;
  return failed > 0 ? `${words}, ${count(failed)} failed` : words;
}
