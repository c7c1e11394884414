import createClient from "openapi-fetch";
import { ROOT } from "@/lib/root";
import { createStore } from "@/lib/store";
import type { Problem, paths } from "./schema";

/** Whether the last request was answered; otherwise the shell shows a banner. */
export const isServerReachable = createStore(true);

/** Whether the server requires a login; the login form then covers the page. */
export const loginRequired = createStore(false);

/** An error reply of the server: HTTP status and problem. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Problem,
  ) {
    super(problem.message);
    this.name = problem.error;
  }
}

/** The server did not answer. */
export class ServerAway extends Error {
  constructor() {
    super("Memorizer does not answer. Is it running?");
    this.name = "No answer";
  }
}

export const client = createClient<paths>({ baseUrl: ROOT });

client.use({
  onResponse({ response }) {
    isServerReachable.set(!isProxyError(response));
    if (response.status === 401 && !response.url.endsWith("/api/session")) loginRequired.set(true);
  },
  onError() {
    isServerReachable.set(false);
    return new ServerAway();
  },
});

/** A gateway in front answers in the server's place while that is away. */
function isProxyError(response: Response): boolean {
  const json = response.headers.get("content-type")?.includes("json") ?? false;
  return [502, 503, 504].includes(response.status) && !json;
}

interface Reply<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of a reply. Throws ApiError or ServerAway. */
export async function answer<T>(call: Promise<Reply<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  if (isProxyError(response)) throw new ServerAway();
  throw new ApiError(response.status, asProblem(error, response));
}

function asProblem(error: unknown, response: Response): Problem {
  if (typeof error === "object" && error !== null && "message" in error) return error as Problem;
  return { error: "Unexpected reply", message: `The server answered ${response.status}.` };
}

/** How a list goes on, for infinite queries. */
export const paged = {
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (last: { nextCursor?: string }) => last.nextCursor,
};
