import {
  type Icon,
  IconBan,
  IconCircleCheck,
  IconClockHour4,
  IconHourglass,
  IconPlayerPlay,
  IconRefresh,
  IconTrash,
  IconX,
} from "@tabler/icons-react";
import type { Action, Job, JobState } from "@/api/schema";
import type { QueueName } from "./queries";

/** How each state is called and drawn; a new state of the server's fails to compile here. */
export const STATES: Record<JobState, { label: string; icon: Icon }> = {
  waiting: { label: "Waiting", icon: IconHourglass },
  active: { label: "Active", icon: IconPlayerPlay },
  delayed: { label: "Delayed", icon: IconClockHour4 },
  completed: { label: "Completed", icon: IconCircleCheck },
  failed: { label: "Failed", icon: IconX },
  cancelled: { label: "Cancelled", icon: IconBan },
};

export const ALL_STATES = Object.keys(STATES) as JobState[];

/** What a queue's card counts, in the order in which jobs pass. */
export const COUNTED: JobState[] = ["waiting", "active", "delayed", "completed", "failed"];

/** How each action is called; which are allowed is what the server says of each job. */
export const ACTIONS: Record<Action, { label: string; icon: Icon; done: string }> = {
  cancel: { label: "Cancel", icon: IconX, done: "The job is being cancelled" },
  retry: { label: "Retry", icon: IconRefresh, done: "The job is queued again" },
  remove: { label: "Remove", icon: IconTrash, done: "The job is removed" },
};

export const ALL_ACTIONS = Object.keys(ACTIONS) as Action[];

/** Whether a job may be steered so now. One that was asked to stop need not be asked again. */
export function may(action: Action, job: Pick<Job, "actions" | "cancelRequested">): boolean {
  return job.actions.includes(action) && !(action === "cancel" && job.cancelRequested);
}

export interface QueueWords {
  name: QueueName;
  count: "titleQueue" | "embeddingQueue" | "documentQueue";
  title: string;
  description: string;
}

export const QUEUES: QueueWords[] = [
  {
    name: "title-generation",
    count: "titleQueue",
    title: "Titles",
    description: "Writes titles for memories that have none",
  },
  {
    name: "embedding-regeneration",
    count: "embeddingQueue",
    title: "Embeddings",
    description: "Turns memories into vectors that search can compare",
  },
  {
    name: "document-ingestion",
    count: "documentQueue",
    title: "Documents",
    description: "Reads files and web pages into memories",
  },
];

export function queueTitle(name: string): string {
  return QUEUES.find((queue) => queue.name === name)?.title ?? name;
}

const NAMES: Record<string, string> = {
  "generate-title": "Write a title",
  "regenerate-embedding": "Embed a memory",
  "bulk-regenerate-embeddings": "Regenerate embeddings",
  "ingest-document": "Ingest a document",
  "consolidate-memories": "Look for what to propose",
  "import-file": "Import a file",
  "capture-statements": "Read a part of a session",
};

/** What a job does, in words. */
export function jobTitle(job: Pick<Job, "name" | "data">): string {
  if (job.name === "bulk-regenerate-embeddings" && !job.data.memoryIds) {
    return "Regenerate all embeddings";
  }
  if (job.name === "ingest-document" && typeof job.data.source === "string") {
    return `Ingest ${job.data.source}`;
  }
  if (job.name === "import-file" && typeof job.data.name === "string") {
    return `${job.data.dryRun ? "Try the import of" : "Import"} ${job.data.name}`;
  }
  return NAMES[job.name] ?? job.name;
}
