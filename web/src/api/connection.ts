import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "./client";

/** How an agent on the server's machine starts Memorizer. */
export const connection = {
  local: () =>
    queryOptions({
      queryKey: ["connection"],
      queryFn: () => answer(client.GET("/api/connect")),
      staleTime: Infinity,
    }),
};
