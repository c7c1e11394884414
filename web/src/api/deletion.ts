import { createStore } from "@/lib/store";
import { deleteMemory } from "./memories";

/** Memories that are about to be deleted: no list shows them any more, but all can come back. */
export const leaving = createStore<ReadonlySet<string>>(new Set());

/**
 * Deletes memories after a while, or when the page is left; returns what takes it back.
 *
 * The server knows no undo of a deletion, so it learns of it when no undo is offered any more.
 */
export function deleteLater(
  ids: string[],
  delayMs: number,
  onFailure: (error: unknown) => void,
): () => void {
  leaving.set(new Set([...leaving.get(), ...ids]));
  const stop = () => {
    clearTimeout(timer);
    removeEventListener("pagehide", onLeave);
  };
  const onLeave = () => {
    stop();
    for (const id of ids) void deleteMemory(id, true).catch(onFailure);
  };
  const timer = setTimeout(() => {
    stop();
    void deleteAll(ids).catch((error: unknown) => {
      release(ids);
      onFailure(error);
    });
  }, delayMs);
  addEventListener("pagehide", onLeave);
  return () => {
    stop();
    release(ids);
  };
}

/** Tries all, then throws the first failure. */
async function deleteAll(ids: string[]): Promise<void> {
  const outcomes = await Promise.allSettled(ids.map((id) => deleteMemory(id)));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure) throw failure.reason;
}

function release(ids: string[]): void {
  leaving.set(new Set([...leaving.get()].filter((id) => !ids.includes(id))));
}
