import { ApiError } from "@/api/client";

export function isQueueAway(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 503;
}

/** Nothing tells the page that the queue is back: what could not be read asks again. */
export const whileAway = {
  refetchInterval: (query: { state: { error: Error | null } }) =>
    isQueueAway(query.state.error) ? 5_000 : (false as const),
};
