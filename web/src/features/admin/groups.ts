import type { JobGroup, JobState } from "@/api/schema";

const OPEN: JobState[] = ["waiting", "delayed", "active"];
const STEADY_MS = 3 * 60_000;
const SHOWN_MS = 5 * 60_000;

/** How many jobs of a group have not ended. */
export function openOf({ states }: Pick<JobGroup, "states">): number {
  return OPEN.reduce((sum, state) => sum + (states[state] ?? 0), 0);
}

export function settledOf(group: Pick<JobGroup, "states" | "total">): number {
  return group.total - openOf(group);
}

/** One state for all: what a person would say of the whole. */
export function groupState({ states }: Pick<JobGroup, "states">): JobState {
  if (states.active) return "active";
  if (states.waiting) return states.completed || states.failed ? "active" : "waiting";
  if (states.delayed) return "delayed";
  if (states.failed) return "failed";
  return states.completed ? "completed" : "cancelled";
}

/** Groups of several jobs that go on, or ended a moment ago. */
export function shownGroups(groups: JobGroup[], now: number): JobGroup[] {
  return groups.filter(
    ({ total, finishedAt }) => total > 1 && (!finishedAt || now - finishedAt < SHOWN_MS),
  );
}

/** Jobs that nobody asked for together, but which a queue works off without a pause. */
export function isRun(group: Pick<JobGroup, "id" | "queue">): boolean {
  return group.id === group.queue;
}

/** Whether its pace can be told: when a run began is known to the minute only. */
export function isSteady(group: JobGroup, at: number): boolean {
  return !isRun(group) || at - group.startedAt > STEADY_MS;
}
