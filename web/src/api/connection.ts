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
  /** Handshakes change nothing in the store, so no event tells of them: asked every two seconds. */
  clients: () =>
    queryOptions({
      queryKey: ["connection", "clients"],
      queryFn: () => answer(client.GET("/api/connect/clients")),
      refetchInterval: 2_000,
    }),
};
