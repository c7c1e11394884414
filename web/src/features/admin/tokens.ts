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

/** A workspace that a token is to be bound to. */
export interface Binding {
  workspace: string;
  scope: "read" | "write";
}

export const bind = (workspace: string, scope: Binding["scope"]): Binding => ({ workspace, scope });

/** As the server takes them: in no workspace may a token do more than its own scope. */
export function bindingsFor(scope: Scope, bindings: Binding[]): Binding[] {
  return scope === "read" ? bindings.map(({ workspace }) => bind(workspace, "read")) : bindings;
}

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
