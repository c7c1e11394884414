import { useEffect } from "react";
import { useLocation } from "react-router";
import { createStore, useStore } from "@/lib/store";

/** A list of memories as it was left, so that a memory's page can lead back and on. */
export interface ListOfMemories {
  name: string;
  address: string;
  ids: string[];
}

const last = createStore<ListOfMemories | null>(null);

/** Keeps the memories that this page lists. */
export function useRememberedList(name: string, shown: { id: string }[]): void {
  const { pathname, search } = useLocation();
  const address = pathname + search;
  const ids = shown.map(({ id }) => id).join(" ");
  useEffect(() => {
    last.set({ name, address, ids: ids.split(" ") });
  }, [name, address, ids]);
}

/** The last list, if the memory is in it, with those beside it. */
export function usePlaceInList(memoryId: string) {
  const list = useStore(last);
  const at = list?.ids.indexOf(memoryId) ?? -1;
  if (!list || at < 0) return null;
  return { list, at, previous: list.ids[at - 1], next: list.ids[at + 1] };
}
