import type { QueryClient } from "@tanstack/react-query";
import { ROOT } from "@/lib/root";
import { follow, type StreamState } from "@/lib/sse";
import { createStore } from "@/lib/store";

/** Where the page's own event stream stands. */
export const liveState = createStore<StreamState>("connecting");

interface Change {
  type: "connected" | "changed";
  topics?: string[];
}

/**
 * Keeps everything on the page current; returns what stops it.
 *
 * The stream says only that something changed. The first word of each query's key is its topic
 * (`memories`, `jobs`), so a change marks all of a topic as old, and what is on screen is read
 * again. While the stream is lost everything is read again every five seconds.
 */
export function keepCurrent(queries: QueryClient): () => void {
  const refresh = refresher(queries);
  return follow<Change>({
    url: `${ROOT}/api/admin/events`,
    onMessage: ({ topics = [] }) => {
      for (const topic of topics) void refresh(topic);
    },
    onState: (state) => {
      if (state === "live" && liveState.get() === "reconnecting") void queries.invalidateQueries();
      liveState.set(state);
    },
    onPoll: () => void queries.invalidateQueries(),
  });
}

/**
 * Reads a topic again. News that come while that goes on wait for its end: a busy server is asked
 * as often as it can answer, and an answer on its way is never thrown away for the next.
 */
function refresher(queries: QueryClient): (topic: string) => Promise<void> {
  const newsSince = new Map<string, boolean>();
  return async (topic) => {
    if (newsSince.has(topic)) {
      newsSince.set(topic, true);
      return;
    }
    do {
      newsSince.set(topic, false);
      await queries.invalidateQueries({ queryKey: [topic] });
    } while (newsSince.get(topic));
    newsSince.delete(topic);
  };
}
