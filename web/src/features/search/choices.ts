import { useSearchParams } from "react-router";
import type { FacetQuery } from "@/api/memories";
import type { SearchRequest } from "@/api/schema";
import { asDay, between } from "@/lib/days";
import { keepScope, type WorkspaceScope } from "@/lib/scope";

/** What is looked for, and how. */
export interface Choices {
  query: string;
  types: string[];
  tags: string[];
  sources: string[];
  limit: number;
  /** The least cosine; 0 means that none is asked for. */
  threshold: number;
  /** Days between which memories were stored, both included; empty for no limit. */
  from: string;
  until: string;
  sort: SearchRequest["sort"];
  /** Also what is replaced or has expired. */
  outdated: boolean;
}

export const LIMITS = [10, 20, 50, 100];
const USUAL_LIMIT = 20;

export function readChoices(address: URLSearchParams): Choices {
  const limit = Number(address.get("limit"));
  const threshold = Number(address.get("threshold"));
  return {
    query: address.get("q") ?? "",
    types: address.getAll("type"),
    tags: address.getAll("tag"),
    sources: address.getAll("source"),
    limit: LIMITS.includes(limit) ? limit : USUAL_LIMIT,
    threshold: threshold > 0 && threshold <= 1 ? threshold : 0,
    from: asDay(address.get("from")),
    until: asDay(address.get("until")),
    sort: address.get("sort") === "newest" ? "newest" : "relevance",
    outdated: address.get("outdated") === "true",
  };
}

export function writeChoices(choices: Choices): URLSearchParams {
  const address = new URLSearchParams();
  if (choices.query) address.set("q", choices.query);
  for (const type of choices.types) address.append("type", type);
  for (const tag of choices.tags) address.append("tag", tag);
  for (const source of choices.sources) address.append("source", source);
  if (choices.limit !== USUAL_LIMIT) address.set("limit", String(choices.limit));
  if (choices.threshold > 0) address.set("threshold", String(choices.threshold));
  if (choices.from) address.set("from", choices.from);
  if (choices.until) address.set("until", choices.until);
  if (choices.sort === "newest") address.set("sort", choices.sort);
  if (choices.outdated) address.set("outdated", "true");
  return address;
}

export function asRequest(choices: Choices, scope: WorkspaceScope): SearchRequest {
  const { query, types, tags, sources, limit, threshold, from, until, sort, outdated } = choices;
  return {
    workspace: scope.workspace,
    query: query.trim(),
    types,
    tags,
    sources,
    metadata: {},
    includeUnfiled: scope.includeUnfiled ?? false,
    limit,
    threshold: threshold > 0 ? threshold : undefined,
    explain: true,
    archived: false,
    includeContent: true,
    includeSuperseded: outdated,
    readTime: true,
    sort,
    ...between(from, until),
  };
}

/** What facets are counted under: all conditions but the words. */
export function asConditions(choices: Choices, scope: WorkspaceScope): FacetQuery {
  const { types, tags, sources, from, until, outdated } = choices;
  return {
    ...scope,
    type: types,
    tag: tags,
    source: sources,
    validity: outdated ? undefined : "current",
    ...between(from, until),
  };
}

/** The choices in the address. Typing replaces the history's entry: back leaves the page. */
export function useChoices(): [Choices, (change: Partial<Choices>) => void] {
  const [address, setAddress] = useSearchParams();
  const choices = readChoices(address);
  return [
    choices,
    (change) =>
      setAddress((now) => keepScope(writeChoices({ ...readChoices(now), ...change }), now), {
        replace: true,
      }),
  ];
}
