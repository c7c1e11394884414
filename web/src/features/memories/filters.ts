import { useSearchParams } from "react-router";
import type { MemoryFilter } from "@/api/memories";
import type { Archived, EmbeddingStatus, WantedValidity } from "@/api/schema";
import { asDay, between } from "@/lib/days";
import { keepScope, type WorkspaceScope } from "@/lib/scope";

/** What is chosen in the filter panel. Empty words mean no condition. */
export interface Filters {
  types: string[];
  tags: string[];
  sources: string[];
  archived: Archived;
  /** Only those with this status; the Stats page links to those that failed. */
  embedding: EmbeddingStatus | "";
  validity: WantedValidity | "";
  from: string;
  until: string;
}

const EMBEDDING: EmbeddingStatus[] = ["pending", "ready", "failed"];
const VALIDITY: WantedValidity[] = ["current", "superseded", "expired", "review"];

export const NO_FILTERS: Filters = {
  types: [],
  tags: [],
  sources: [],
  archived: "false",
  embedding: "",
  validity: "",
  from: "",
  until: "",
};

export const PAGE_SIZE = 30;

/** Reads the address; what is not understood counts as absent. */
export function readFilters(query: URLSearchParams): Filters {
  const archived = query.get("archived");
  return {
    types: query.getAll("type"),
    tags: query.getAll("tag"),
    sources: query.getAll("source"),
    archived: archived === "true" || archived === "all" ? archived : "false",
    embedding: EMBEDDING.find((status) => status === query.get("embedding")) ?? "",
    validity: VALIDITY.find((wanted) => wanted === query.get("validity")) ?? "",
    from: asDay(query.get("from")),
    until: asDay(query.get("until")),
  };
}

/** The address of a choice, without what is the default. */
export function writeFilters(filters: Filters): URLSearchParams {
  const query = new URLSearchParams();
  for (const type of filters.types) query.append("type", type);
  for (const tag of filters.tags) query.append("tag", tag);
  for (const source of filters.sources) query.append("source", source);
  if (filters.archived !== "false") query.set("archived", filters.archived);
  if (filters.embedding) query.set("embedding", filters.embedding);
  if (filters.validity) query.set("validity", filters.validity);
  if (filters.from) query.set("from", filters.from);
  if (filters.until) query.set("until", filters.until);
  return query;
}

/** The conditions as requests spell them; days are days of the reader's zone, both included. */
export function asConditions(filters: Filters, scope: WorkspaceScope = {}) {
  return {
    ...scope,
    type: filters.types,
    tag: filters.tags,
    source: filters.sources,
    archived: filters.archived,
    embeddingStatus: filters.embedding || undefined,
    validity: filters.validity || undefined,
    ...between(filters.from, filters.until),
  };
}

/** What the server is asked for one page. */
export function asQuery(
  filters: Filters,
  cursor: string | null,
  scope: WorkspaceScope = {},
): MemoryFilter {
  return {
    ...asConditions(filters, scope),
    limit: PAGE_SIZE,
    cursor: cursor ?? undefined,
  };
}

/** How many conditions hold beside the default ones. */
export function countFilters(filters: Filters): number {
  const { types, tags, sources, archived, embedding, validity, from, until } = filters;
  const single = [archived !== "false", embedding, validity, from, until];
  return types.length + tags.length + sources.length + single.filter(Boolean).length;
}

/** The filters in the address; changing them begins at the first page. */
export function useFilters(): [Filters, (change: Partial<Filters>) => void] {
  const [query, setQuery] = useSearchParams();
  const filters = readFilters(query);
  return [filters, (change) => setQuery(keepScope(writeFilters({ ...filters, ...change }), query))];
}
