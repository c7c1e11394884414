/** Every address of the page, made in one place. */
export const to = {
  memories: (filter: Record<string, string> = {}) => withQuery("/", filter),
  search: (query?: string) => withQuery("/search", query ? { q: query } : {}),
  memory: (id: string) => `/memories/${id}`,
  memoryTab: (id: string, tab: string) => `/memories/${id}/${tab}`,
  newMemory: () => "/memories/new",
  edit: (id: string) => `/memories/${id}/edit`,
  trash: () => "/trash",
  duplicates: () => "/duplicates",
  stats: () => "/stats",
  admin: () => "/admin",
  jobs: (filter: Record<string, string> = {}) => withQuery("/admin/jobs", filter),
  job: (id: string) => `/admin/jobs/${encodeURIComponent(id)}`,
  system: () => "/admin/system",
  access: () => "/admin/access",
  connect: () => "/connect",
};

function withQuery(path: string, values: Record<string, string>): string {
  const query = new URLSearchParams(values).toString();
  return query ? `${path}?${query}` : path;
}
