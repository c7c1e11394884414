/** Which part of the store the page shows, as addresses and requests spell it. */
export interface WorkspaceScope {
  /** The path of a workspace, with all below it; `unfiled` for memories in none; absent for all. */
  workspace?: string;
  /** With a workspace: also memories that are in none. */
  includeUnfiled?: boolean;
}

export const UNFILED = "unfiled";
export const EVERYTHING: WorkspaceScope = {};

/** The pages that show memories of the scope; everywhere else it is only kept. */
export const SCOPED = new Set([
  "/",
  "/search",
  "/stats",
  "/documents",
  "/transfer",
  "/trash",
  "/duplicates",
  "/review",
  "/recalls",
  "/memories/new",
]);
const PAGES = "/workspaces/";

/** The scope that an address names; undefined for a page that has none of its own. */
export function scopeOf(pathname: string, query: URLSearchParams): WorkspaceScope | undefined {
  if (SCOPED.has(pathname)) return readScope(query);
  const path = workspaceAt(pathname);
  return path ? { workspace: path } : undefined;
}

/** The path of the workspace whose page this is; "" for the list of all, and other pages. */
export function workspaceAt(pathname: string): string {
  if (!pathname.startsWith(PAGES)) return "";
  const path = pathname.slice(PAGES.length).replace(/\/+$/, "");
  try {
    return decodeURIComponent(path);
  } catch {
    return path; // a stray percent sign
  }
}

export function readScope(query: URLSearchParams): WorkspaceScope {
  const workspace = query.get("workspace");
  if (!workspace) return EVERYTHING;
  const isMore = workspace !== UNFILED && query.get("includeUnfiled") === "true";
  return isMore ? { workspace, includeUnfiled: true } : { workspace };
}

/** The scope as parameters of an address. */
export function scopeParams({ workspace, includeUnfiled }: WorkspaceScope): Record<string, string> {
  if (!workspace) return {};
  return includeUnfiled ? { workspace, includeUnfiled: "true" } : { workspace };
}

/** The next address of the same page, in the scope of the present one. */
export function keepScope(next: URLSearchParams, present: URLSearchParams): URLSearchParams {
  const scope = scopeParams(readScope(present));
  for (const [name, value] of Object.entries(scope)) next.set(name, value);
  return next;
}

export function isSameScope(one: WorkspaceScope, other: WorkspaceScope): boolean {
  return one.workspace === other.workspace && !one.includeUnfiled === !other.includeUnfiled;
}
