import { useEffect, useEffectEvent, useState } from "react";
import { ROOT } from "@/lib/root";
import { follow, type StreamState } from "@/lib/sse";
import { ApiError, answer, client } from "./client";
import type { Items, Job, JobState } from "./schema";

/** A job as its progress stream tells of it. */
export interface Progress {
  jobId: string;
  progress: number;
  status: JobState;
  items?: Items;
  result?: Record<string, unknown> | null;
  error?: string | null;
  attempt?: number;
  timestamp?: number;
}

type Message = ({ type: "progress" } & Progress) | { type: "connected"; jobId: string };

export const FINAL_STATES: ReadonlySet<JobState> = new Set<JobState>([
  "completed",
  "failed",
  "cancelled",
]);

interface Listeners {
  onComplete?: (last: Progress) => void;
  onError?: (last: Progress) => void;
}

/**
 * Follows one job to its end. The stream is closed when the job ends; while it is lost the job
 * is read every five seconds. `onComplete` hears of a completed job, `onError` of a failed one,
 * once each.
 */
export function useJobProgress(jobId: string | undefined, listeners: Listeners = {}) {
  const [latest, setLatest] = useState<Progress>();
  const [connection, setConnection] = useState<StreamState>("connecting");
  const onEnd = useEffectEvent((last: Progress) => {
    if (last.status === "completed") listeners.onComplete?.(last);
    if (last.status === "failed") listeners.onError?.(last);
  });

  // the stream is a thing outside of React that lives as long as the job is on screen
  useEffect(() => {
    if (jobId === undefined) return;
    let ended = false;
    const take = (step: Progress) => {
      if (ended) return;
      setLatest(step);
      if (!FINAL_STATES.has(step.status)) return;
      ended = true;
      stop();
      setConnection("ended");
      onEnd(step);
    };
    const stop = follow<Message>({
      url: `${ROOT}/api/admin/jobs/${encodeURIComponent(jobId)}/progress`,
      onMessage: (message) => message.type === "progress" && take(message),
      onState: setConnection,
      isLast: (message) => message.type === "progress" && FINAL_STATES.has(message.status),
      onPoll: () => {
        void readProgress(jobId).then(take, (error: unknown) => {
          // else the server is away too, and the next round asks again
          if (!(error instanceof ApiError && error.status === 404)) return;
          stop();
          setConnection("ended");
        });
      },
    });
    return () => {
      ended = true;
      stop();
    };
  }, [jobId]);

  return { latest, connection };
}

async function readProgress(jobId: string): Promise<Progress> {
  const params = { path: { jobId } };
  return progressOf(await answer(client.GET("/api/admin/jobs/{jobId}", { params })));
}

/** What the stream would say of a job that was read. */
export function progressOf(job: Job): Progress {
  return {
    jobId: job.id,
    progress: job.progress,
    status: job.state,
    items: job.items,
    result: job.returnvalue,
    error: job.failedReason,
    attempt: job.attemptsMade,
    timestamp: job.finishedOn ?? undefined,
  };
}
