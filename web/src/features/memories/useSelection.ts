import { useState } from "react";
import type { Memory } from "@/api/schema";

/** Which of the shown memories are chosen. What is no longer shown is no longer chosen. */
export function useSelection(shown: Memory[]) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const chosen = shown.filter(({ id }) => ids.has(id));
  return {
    chosen,
    all: chosen.length === shown.length,
    has: (id: string) => ids.has(id),
    set(id: string, selected: boolean) {
      const next = new Set(ids);
      if (selected) next.add(id);
      else next.delete(id);
      setIds(next);
    },
    selectAll: () => setIds(new Set(shown.map(({ id }) => id))),
    clear: () => setIds(new Set()),
  };
}

export type Selection = ReturnType<typeof useSelection>;
