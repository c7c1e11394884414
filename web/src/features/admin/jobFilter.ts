import type { JobState } from "@/api/schema";
import type { JobFilter, QueueName } from "./queries";
import { ALL_STATES, QUEUES } from "./states";

/** The filter that stands in the address; what it cannot be is left out. */
export function filterOf(params: URLSearchParams): JobFilter {
  const filter: JobFilter = { limit: 50 };
  const queue = params.get("queue");
  const state = params.get("state");
  const cursor = params.get("cursor");
  const words = params.get("q")?.trim();
  if (QUEUES.some(({ name }) => name === queue)) filter.queue = queue as QueueName;
  if (ALL_STATES.includes(state as JobState)) filter.state = state as JobState;
  if (cursor && /^\d{1,18}$/.test(cursor)) filter.cursor = Number(cursor);
  if (words) filter.q = words.slice(0, 200);
  return filter;
}

/** The address with one value changed; another filter begins on the first page. */
export function withValue(params: URLSearchParams, name: string, value: string | null) {
  const next = new URLSearchParams(params);
  if (name !== "cursor") next.delete("cursor");
  if (value) next.set(name, value);
  else next.delete(name);
  return next;
}
