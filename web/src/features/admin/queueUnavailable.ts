import { ApiError } from "@/api/client";

export function isQueueUnavailable(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 503;
}

/** Query options: poll every five seconds while the queue is unavailable (no event tells its return). */
export const retryWhileUnavailable = {
  refetchInterval: (query: { state: { error: Error | null } }) =>
    isQueueUnavailable(query.state.error) ? 5_000 : (false as const),
};
