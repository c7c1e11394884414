import type { Duplicates, Pair } from "@/api/schema";

/** What was found so far, and among how many. */
export interface Found {
  pairs: Pair[];
  examined: number;
}

/** All pages as one; without the pairs of memories that were deleted since they were read. */
export function gather(pages: Duplicates[], gone: ReadonlySet<string>): Found {
  const pairs = pages.flatMap((page) => page.pairs);
  return {
    pairs: pairs.filter(({ memory, older }) => !gone.has(memory.id) && !gone.has(older.id)),
    examined: pages.reduce((sum, page) => sum + page.examined, 0),
  };
}

/** Whether to look on unasked: a page may be empty and not be the last. */
export function foundNothingYet(pages: Duplicates[]): boolean {
  const last = pages.at(-1);
  return last !== undefined && last.count === 0 && last.nextCursor !== undefined;
}

/** The similarity that the slider begins with. */
export const LEAST = 0.5;
const USUAL = 0.95;

/** The similarity that an address asks for; the usual one where it asks for none that can be. */
export function readThreshold(given: string | null): number {
  const threshold = given === null ? USUAL : Number(given);
  return threshold >= LEAST && threshold <= 1 ? threshold : USUAL;
}
