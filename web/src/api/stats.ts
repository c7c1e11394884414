import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";

/** Figures about the whole store. */
export const stats = {
  store: () =>
    queryOptions({
      queryKey: ["memories", "stats"],
      queryFn: () => answer(client.GET("/api/stats")),
    }),
  growth: () =>
    queryOptions({
      queryKey: ["memories", "growth"],
      queryFn: () => answer(client.GET("/api/stats/growth")),
    }),
};
