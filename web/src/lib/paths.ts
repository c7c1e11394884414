import { SCOPED, scopeParams, UNFILED, type WorkspaceScope } from "./scope";

type Filter = Record<string, string>;

/** Every address of the page, made in one place; those of memories hold the scope. */
export function pathsIn(scope: WorkspaceScope) {
  const scoped = (path: string, filter: Filter = {}) =>
    addressOf(path, Object.entries({ ...filter, ...scopeParams(scope) }));
  return {
    memories: (filter?: Filter) => scoped("/", filter),
    search: (query?: string) => scoped("/search", query ? { q: query } : {}),
    memory: (id: string) => `/memories/${id}`,
    memoryTab: (id: string, tab: string) => `/memories/${id}/${tab}`,
    newMemory: (title?: string) => scoped("/memories/new", title ? { title } : {}),
    edit: (id: string) => `/memories/${id}/edit`,
    documents: () => scoped("/documents"),
    document: (id: string) => `/documents/${id}`,
    transfer: () => scoped("/transfer"),
    trash: () => scoped("/trash"),
    duplicates: () => scoped("/duplicates"),
    review: () => scoped("/review"),
    recalls: () => scoped("/recalls"),
    stats: () => scoped("/stats"),
    workspaces: () => "/workspaces",
    workspace: (path: string) => `/workspaces/${path.split("/").map(encodeURIComponent).join("/")}`,
    admin: () => "/admin",
    jobs: (filter: Filter = {}) => addressOf("/admin/jobs", Object.entries(filter)),
    job: (id: string) => `/admin/jobs/${encodeURIComponent(id)}`,
    system: () => "/admin/system",
    access: () => "/admin/access",
    secrets: () => "/admin/secrets",
    connect: () => "/connect",
  };
}

/** The addresses outside of any workspace. */
export const to = pathsIn({});

/** An address in which paths of workspaces can be read. */
export function addressOf(path: string, values: [name: string, value: string][]): string {
  const query = new URLSearchParams(values).toString().replaceAll("%2F", "/");
  return query ? `${path}?${query}` : path;
}

/** Where the page goes when another scope is chosen on it. */
export function switched(pathname: string, query: URLSearchParams, scope: WorkspaceScope): string {
  const { workspace } = scope;
  if (pathname.startsWith("/workspaces") && workspace !== UNFILED) {
    return workspace ? pathsIn(scope).workspace(workspace) : pathsIn(scope).workspaces();
  }
  if (!SCOPED.has(pathname)) return pathsIn(scope).memories();
  const rest = new URLSearchParams(query);
  for (const name of ["workspace", "includeUnfiled", "cursor"]) rest.delete(name);
  return addressOf(pathname, [...rest, ...Object.entries(scopeParams(scope))]);
}
