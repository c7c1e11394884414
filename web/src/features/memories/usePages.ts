import { useLocation, useNavigate, useSearchParams } from "react-router";

interface Trail {
  /** The cursors of the pages before this one, the oldest first. */
  trail?: (string | null)[];
}

/** Paging by cursor. The address holds the page, the history's entry the way that led there. */
export function usePages() {
  const [query] = useSearchParams();
  const navigate = useNavigate();
  const trail = (useLocation().state as Trail | null)?.trail ?? [];
  const cursor = query.get("cursor");

  const go = (next: string | null, way: (string | null)[]) => {
    const address = new URLSearchParams(query);
    if (next === null) address.delete("cursor");
    else address.set("cursor", next);
    void navigate({ search: address.toString() }, { state: { trail: way } satisfies Trail });
  };
  return {
    cursor,
    page: trail.length + 1,
    /** A page that was opened by its address knows no way back but to the first. */
    isFirst: cursor === null,
    next: (after: string) => go(after, [...trail, cursor]),
    previous: () => go(trail.at(-1) ?? null, trail.slice(0, -1)),
  };
}
