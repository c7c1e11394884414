import { useSearchParams } from "react-router";
import type { SearchRequest } from "@/api/schema";
import { keepScope, type WorkspaceScope } from "@/lib/scope";

/** What is looked for, and how. */
export interface Choices {
  query: string;
  types: string[];
  tags: string[];
  limit: number;
  /** The least cosine; 0 means that none is asked for. */
  threshold: number;
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
    limit: LIMITS.includes(limit) ? limit : USUAL_LIMIT,
    threshold: threshold > 0 && threshold <= 1 ? threshold : 0,
  };
}

export function writeChoices(choices: Choices): URLSearchParams {
  const address = new URLSearchParams();
  if (choices.query) address.set("q", choices.query);
  for (const type of choices.types) address.append("type", type);
  for (const tag of choices.tags) address.append("tag", tag);
  if (choices.limit !== USUAL_LIMIT) address.set("limit", String(choices.limit));
  if (choices.threshold > 0) address.set("threshold", String(choices.threshold));
  return address;
}

export function asRequest(choices: Choices, scope: WorkspaceScope): SearchRequest {
  const { query, types, tags, limit, threshold } = choices;
  return {
    workspace: scope.workspace,
    query: query.trim(),
    types,
    tags,
    metadata: {},
    includeUnfiled: scope.includeUnfiled ?? false,
    limit,
    threshold: threshold > 0 ? threshold : undefined,
    explain: true,
    archived: false,
    includeContent: true,
    includeSuperseded: false,
    readTime: true,
    sort: "relevance",
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
