import { UNFILED } from "./scope";

interface Counted {
  path: string;
  memories: number;
  trashed: number;
}

/** What a session may do, and where, if its token is bound to workspaces. */
interface Rights {
  scope?: string;
  workspaces?: { workspace: string; scope: string }[];
}

/** What is in a workspace and all below it. */
export interface Contents {
  memories: number;
  trashed: number;
  workspaces: number;
}

/** Whether a path is that of a workspace or below it. */
export function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

/** How many levels a workspace lies below the first of its ancestors that is in the list. */
export function depthOf(path: string, all: readonly { path: string }[]): number {
  return all.filter((each) => each.path !== path && isWithin(path, each.path)).length;
}

export function contentsOf(path: string, all: readonly Counted[]): Contents {
  const inside = all.filter((each) => isWithin(each.path, path));
  return {
    memories: inside.reduce((sum, each) => sum + each.memories, 0),
    trashed: inside.reduce((sum, each) => sum + each.trashed, 0),
    workspaces: inside.length - 1,
  };
}

export function childrenOf<T extends { path: string }>(path: string, all: readonly T[]): T[] {
  return all.filter((each) => parentPath(each.path) === path);
}

/** The path of the workspace above; "" at the root. */
export function parentPath(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The workspaces above that may be seen, from the root on. */
export function ancestorsOf<T extends { path: string }>(path: string, all: readonly T[]): T[] {
  return all.filter((each) => each.path !== path && isWithin(path, each.path));
}

/** Those that a workspace can be put under: neither itself nor one below it. */
export function parentsFor<T extends { path: string }>(path: string, all: readonly T[]): T[] {
  return all.filter((each) => !isWithin(each.path, path));
}

/** Those that fit what was typed, by name or path; all words must occur. */
export function matching<T extends { path: string; name: string }>(
  typed: string,
  all: readonly T[],
): T[] {
  const words = fold(typed).split(/\s+/).filter(Boolean);
  return all.filter(({ path, name }) => {
    const known = fold(`${path} ${name}`);
    return words.every((word) => known.includes(word));
  });
}

/** Whether this session may change what is in a workspace, or in none. */
export function mayWriteIn(path: string, session: Rights | undefined): boolean {
  if (session?.workspaces === undefined) return session?.scope !== "read";
  if (session.scope === "read" || path === UNFILED) return false;
  return session.workspaces.some(
    (grant) => grant.scope !== "read" && isWithin(path, grant.workspace),
  );
}

/** Where a new memory goes, if nobody says: in the scope, else in the only place there is. */
export function placeOf(
  wanted: string | undefined,
  all: readonly { path: string }[],
  session: Rights | undefined,
): string {
  if (wanted && wanted !== UNFILED && mayWriteIn(wanted, session)) return wanted;
  if (session?.workspaces === undefined) return UNFILED;
  const places = all.filter(({ path }) => mayWriteIn(path, session));
  const roots = places.filter((each) => ancestorsOf(each.path, places).length === 0);
  return roots.length === 1 ? (roots[0]?.path ?? "") : "";
}

function fold(text: string): string {
  return text.normalize("NFKC").toLocaleLowerCase();
}
