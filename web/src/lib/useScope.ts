import { useEffect, useMemo } from "react";
import { useLocation } from "react-router";
import { pathsIn } from "./paths";
import { EVERYTHING, isSameScope, scopeOf, type WorkspaceScope } from "./scope";
import { createStore, useStore } from "./store";

/** The scope of the last page that had one: a memory's page is left for where one came from. */
const last = createStore<WorkspaceScope>(EVERYTHING);

/** Where the switcher stands: what the address says, else what the last one said. */
export function useScope(): WorkspaceScope {
  const { pathname, search } = useLocation();
  const remembered = useStore(last);
  const here = useMemo(() => scopeOf(pathname, new URLSearchParams(search)), [pathname, search]);
  return here ?? remembered;
}

/** Keeps the scope of each page that has one for those that have none. */
export function useRememberedScope(): void {
  const scope = useScope();
  useEffect(() => {
    if (!isSameScope(scope, last.get())) last.set(scope);
  }, [scope]);
}

/** The addresses of the page in the present scope. */
export function useTo() {
  const scope = useScope();
  return useMemo(() => pathsIn(scope), [scope]);
}
