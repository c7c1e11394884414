import { queryOptions } from "@tanstack/react-query";
import type { WorkspaceScope } from "@/lib/scope";
import { answer, client } from "./client";

/** Figures about what is in the scope; without one, about the whole store. */
export const stats = {
  store: (query: WorkspaceScope = {}) =>
    queryOptions({
      queryKey: ["memories", "stats", query],
      queryFn: () => answer(client.GET("/api/stats", { params: { query } })),
    }),
  growth: (query: WorkspaceScope) =>
    queryOptions({
      queryKey: ["memories", "growth", query],
      queryFn: () => answer(client.GET("/api/stats/growth", { params: { query } })),
    }),
};
