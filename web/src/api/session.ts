import { queryOptions, useQuery } from "@tanstack/react-query";
import { answer, client, loginRequired } from "./client";
import type { Scope, Session } from "./schema";

const ORDER: readonly Scope[] = ["read", "write", "admin"];

/** The session of this browser: the token's name and scope. */
export const session = {
  current: () =>
    queryOptions({
      queryKey: ["session"],
      queryFn: readSession,
      staleTime: 60_000,
    }),
};

async function readSession(): Promise<Session> {
  const found = await answer(client.GET("/api/session"));
  loginRequired.set(found.required && found.scope === undefined);
  return found;
}

/** Trades a token for a cookie that no script can read. */
export async function logIn(token: string): Promise<Session> {
  const found = await answer(client.POST("/api/session", { body: { token } }));
  loginRequired.set(false);
  return found;
}

export const logOut = () => answer(client.DELETE("/api/session"));

/** Does something, and stops it while the server wants a token first. */
export function whileOpen(start: () => () => void): void {
  let stop = start();
  loginRequired.subscribe(() => {
    stop();
    stop = loginRequired.get() ? () => undefined : start();
  });
}

/** Whether this browser may do what needs the scope; assumed until the server says no. */
export function useMay(needed: Scope): boolean {
  const { data } = useQuery(session.current());
  return data?.scope === undefined || covers(data.scope, needed);
}

/** Whether this browser's token is bound to workspaces: it sees nothing else. */
export function useIsBound(): boolean {
  return useQuery(session.current()).data?.workspaces !== undefined;
}

/** Whether this browser may look after the whole store. */
export function useMayAdminister(): boolean {
  const isBound = useIsBound();
  return useMay("admin") && !isBound;
}

/** Each scope includes those before it. */
export function covers(scope: Scope, needed: Scope): boolean {
  return ORDER.indexOf(scope) >= ORDER.indexOf(needed);
}
