import type { AdminStats, JobGroup, QueueCounts } from "@/api/schema";
import { plural } from "@/lib/text";
import { openOf } from "./groups";

/** Why missing titles cannot be asked for now, if they cannot. */
export function titlesReason(untitled: number, groups: JobGroup[]): string | undefined {
  if (untitled === 0) return "Every memory has a title.";
  const open = groups.reduce((sum, group) => sum + openOf(group), 0);
  return open > 0 ? `Already running: ${plural(open, "title")} to go.` : undefined;
}

export function failedOf(stats: AdminStats | undefined): number {
  return sum(stats, ({ failed }) => failed);
}

/** Jobs that ended, whatever way. */
export function cleanable(stats: AdminStats | undefined): number {
  return sum(stats, ({ completed, failed, cancelled }) => completed + failed + cancelled);
}

function sum(stats: AdminStats | undefined, of: (counts: QueueCounts) => number): number {
  return stats ? of(stats.titleQueue) + of(stats.embeddingQueue) + of(stats.documentQueue) : 0;
}
