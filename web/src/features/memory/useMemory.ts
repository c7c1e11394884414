import { useOutletContext } from "react-router";
import type { Memory } from "@/api/schema";

/** What the page gives its tabs. */
export interface Shown {
  memory: Memory;
}

/** The memory whose page this tab is on. */
export function useMemory(): Memory {
  return useOutletContext<Shown>().memory;
}
