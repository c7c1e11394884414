import { queryOptions } from "@tanstack/react-query";
import { answer, client } from "@/api/client";
import type { NewToken, Scope, TokenRequest } from "@/api/schema";

/** What the tab "Access" reads and does. */
export const tokens = {
  all: () =>
    queryOptions({
      queryKey: ["tokens"],
      queryFn: () => answer(client.GET("/api/admin/tokens")),
    }),
  create: (body: TokenRequest): Promise<NewToken> =>
    answer(client.POST("/api/admin/tokens", { body })),
  revoke: (tokenId: string) =>
    answer(client.DELETE("/api/admin/tokens/{tokenId}", { params: { path: { tokenId } } })),
};

export const SCOPES: Record<Scope, string> = {
  read: "read: search and read",
  write: "write: store and change too",
  admin: "admin: jobs and access too",
};

/** Choices of an expiry, in days. */
export const EXPIRIES: [days: number | null, label: string][] = [
  [30, "in 30 days"],
  [90, "in 90 days"],
  [365, "in a year"],
  [null, "never"],
];
