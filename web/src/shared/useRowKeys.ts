import { useKeys } from "@/lib/keys";

/** What a key does to the memory whose row has the focus. */
export type RowActions = Record<string, (memoryId: string) => void>;

/** j and k walk through the rows of a list; Enter opens one, since the focus is on its link. */
export function useRowKeys(actions: RowActions): void {
  const onRow = (act: (memoryId: string) => void) => () => {
    const id = rows().find(hasFocus)?.dataset.memory;
    if (id) act(id);
  };
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    ...Object.fromEntries(Object.entries(actions).map(([key, act]) => [key, onRow(act)])),
  });
}

/** Rows carry `data-memory`, and their first link leads to the memory. */
function rows(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>("main li[data-memory]")].filter((row) =>
    row.checkVisibility(),
  );
}

function step(by: number): void {
  const all = rows();
  const at = all.findIndex(hasFocus);
  const next = at < 0 ? all[0] : all[Math.min(all.length - 1, Math.max(0, at + by))];
  next?.querySelector("a")?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

function hasFocus(row: HTMLElement): boolean {
  return row.contains(document.activeElement);
}
