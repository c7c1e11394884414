import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";
import type { SearchRequest } from "./schema";

/** A search, the last answer staying on screen while the next is made. */
export function search(request: SearchRequest) {
  return queryOptions({
    queryKey: ["memories", "search", request],
    queryFn: ({ signal }) => answer(client.POST("/api/search", { body: request, signal })),
    placeholderData: keepPreviousData,
    enabled: request.query.trim() !== "",
  });
}
