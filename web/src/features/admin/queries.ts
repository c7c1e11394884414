import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client, paged } from "@/api/client";
import type { paths, Readiness } from "@/api/schema";
import { retryWhileUnavailable } from "./queueUnavailable";

export type JobFilter = NonNullable<paths["/api/admin/jobs"]["get"]["parameters"]["query"]>;
export type QueueName = NonNullable<JobFilter["queue"]>;

const job = (jobId: string) => ({ path: { jobId } });

/** What the Admin pages read. The first word of a key is its topic: see api/live.ts. */
export const admin = {
  counts: () =>
    queryOptions({
      queryKey: ["jobs", "counts"],
      ...retryWhileUnavailable,
      queryFn: () => answer(client.GET("/api/admin/stats")),
    }),
  groups: () =>
    queryOptions({
      queryKey: ["jobs", "groups"],
      ...retryWhileUnavailable,
      queryFn: () => answer(client.GET("/api/admin/groups")),
    }),
  jobs: (query: JobFilter) =>
    queryOptions({
      queryKey: ["jobs", "page", query],
      ...retryWhileUnavailable,
      queryFn: () => answer(client.GET("/api/admin/jobs", { params: { query } })),
      placeholderData: keepPreviousData,
    }),
  job: (jobId: string) =>
    queryOptions({
      queryKey: ["jobs", "one", jobId],
      ...retryWhileUnavailable,
      queryFn: () => answer(client.GET("/api/admin/jobs/{jobId}", { params: job(jobId) })),
    }),
  failures: (jobId: string) =>
    infiniteQueryOptions({
      queryKey: ["jobs", "failures", jobId],
      ...retryWhileUnavailable,
      queryFn: ({ pageParam: cursor }) =>
        answer(
          client.GET("/api/admin/jobs/{jobId}/failures", {
            params: { ...job(jobId), query: { cursor } },
          }),
        ),
      ...paged,
    }),
  workers: () =>
    queryOptions({
      queryKey: ["jobs", "workers"],
      queryFn: () => answer(client.GET("/api/admin/workers")),
      refetchInterval: 10_000, // heartbeats are no news of their own
    }),
  throughput: () =>
    queryOptions({
      queryKey: ["jobs", "throughput"],
      queryFn: () => answer(client.GET("/api/admin/throughput")),
      refetchInterval: 60_000, // minutes pass without any news
    }),
  lifecycle: () =>
    queryOptions({
      queryKey: ["lifecycle"],
      queryFn: () => answer(client.GET("/api/admin/lifecycle")),
      staleTime: Number.POSITIVE_INFINITY,
    }),
  system: () =>
    queryOptions({
      queryKey: ["system"],
      queryFn: () => answer(client.GET("/api/admin/system")),
    }),
  backups: () =>
    queryOptions({
      queryKey: ["backups"],
      queryFn: () => answer(client.GET("/api/admin/backups")),
      refetchInterval: 60_000, // the worker that makes them gives no signal
    }),
  readiness: () =>
    queryOptions({
      queryKey: ["readiness"],
      queryFn: readReadiness,
      staleTime: 60_000, // each part is tried for real
    }),
};

/** 503 is an answer here: it says which part fails. */
async function readReadiness(): Promise<Readiness> {
  const { data, error, response } = await client.GET("/readyz");
  if (error && "checks" in error) return error as unknown as Readiness;
  return answer(Promise.resolve({ data, error, response }));
}

export const launch = {
  backup: () => answer(client.POST("/api/admin/backups")),
  titles: () => answer(client.POST("/api/admin/jobs/title-generation", { body: {} })),
  embeddings: () => answer(client.POST("/api/admin/jobs/embedding-regeneration", { body: {} })),
  retryFailed: () => answer(client.POST("/api/admin/jobs/retry-failed", { body: {} })),
  clean: (olderThanHours: number) =>
    answer(client.POST("/api/admin/jobs/clean", { body: { olderThanHours } })),
};

export const steer = {
  cancel: (id: string) =>
    answer(client.POST("/api/admin/jobs/{jobId}/cancel", { params: job(id) })),
  retry: (id: string) => answer(client.POST("/api/admin/jobs/{jobId}/retry", { params: job(id) })),
  remove: (id: string) => answer(client.DELETE("/api/admin/jobs/{jobId}", { params: job(id) })),
  cancelGroup: (groupId: string) =>
    answer(client.POST("/api/admin/groups/{groupId}/cancel", { params: { path: { groupId } } })),
  pause: (queue: QueueName) =>
    answer(client.POST("/api/admin/queues/{queue}/pause", { params: { path: { queue } } })),
  resume: (queue: QueueName) =>
    answer(client.POST("/api/admin/queues/{queue}/resume", { params: { path: { queue } } })),
};
