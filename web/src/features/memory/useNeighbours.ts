import { useInfiniteQuery, useQueries } from "@tanstack/react-query";
import { memories } from "@/api/memories";
import type { Memory, Relationship } from "@/api/schema";

/** A relationship, seen from one of its ends. */
export interface Neighbour {
  relationship: Relationship;
  id: string;
  isOutgoing: boolean;
  /** Undefined while it is being read. */
  memory: Memory | undefined;
}

/** The relationships of a memory with the memories at their other ends. */
export function useNeighbours(id: string) {
  const query = useInfiniteQuery(memories.relationships(id));
  const links = (query.data?.pages ?? [])
    .flatMap((page) => page.relationships)
    .map((relationship) => {
      const isOutgoing = relationship.fromMemoryId === id;
      return {
        relationship,
        isOutgoing,
        id: isOutgoing ? relationship.toMemoryId : relationship.fromMemoryId,
      };
    });
  const ids = [...new Set(links.map((link) => link.id))];
  const found = useQueries({ queries: ids.map((each) => memories.one(each)) });
  const neighbours: Neighbour[] = links.map((link) => ({
    ...link,
    memory: found[ids.indexOf(link.id)]?.data,
  }));
  return { ...query, neighbours };
}
