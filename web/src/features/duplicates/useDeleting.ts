import { useState } from "react";
import { deleteMemory } from "@/api/memories";
import type { MemoryOutline } from "@/api/schema";
import { restoreDeleted } from "@/api/trash";
import { nameOf } from "@/lib/text";
import { showError } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";

export interface Deleting {
  /** Ids of what was deleted here, so that nothing has to be compared again. */
  gone: ReadonlySet<string>;
  remove: (memory: MemoryOutline) => void;
}

/** Moves memories to the trash, and back when that was a mistake. */
export function useDeleting(): Deleting {
  const [gone, setGone] = useState<ReadonlySet<string>>(new Set());
  const bring = (id: string) => setGone((before) => new Set([...before].filter((it) => it !== id)));
  const remove = async (memory: MemoryOutline) => {
    await deleteMemory(memory.id);
    setGone((before) => new Set(before).add(memory.id));
    offerUndo(
      `Moved “${nameOf(memory)}” to the trash.`,
      () => void restoreDeleted(memory.id).then(() => bring(memory.id), showError),
    );
  };
  return { gone, remove: (memory) => void remove(memory).catch(showError) };
}
