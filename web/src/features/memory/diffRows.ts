import type { DiffLine } from "@/api/schema";

/** Two lines side by side; one side is empty where a line is only in the other text. */
export interface Row {
  old: DiffLine | undefined;
  new: DiffLine | undefined;
}

/** A run of rows: shown, or unchanged and folded away. */
export interface Run {
  folded: boolean;
  rows: Row[];
}

const CONTEXT = 3;
const WORTH_FOLDING = 4;

/** Puts removed lines beside those that were added in their place. */
export function asRows(lines: DiffLine[]): Row[] {
  const rows: Row[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const settle = () => {
    const height = Math.max(removed.length, added.length);
    for (let i = 0; i < height; i += 1) rows.push({ old: removed[i], new: added[i] });
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.kind === "removed") removed.push(line);
    else if (line.kind === "added") added.push(line);
    else {
      settle();
      rows.push({ old: line, new: line });
    }
  }
  settle();
  return rows;
}

/** Folds what is far from any change. */
export function asRuns(rows: Row[]): Run[] {
  const near = new Set<number>();
  rows.forEach((row, at) => {
    if (!isChanged(row)) return;
    for (let i = at - CONTEXT; i <= at + CONTEXT; i += 1) near.add(i);
  });
  const runs: Run[] = [];
  rows.forEach((row, at) => {
    const folded = !near.has(at);
    const last = runs.at(-1);
    if (last?.folded === folded) last.rows.push(row);
    else runs.push({ folded, rows: [row] });
  });
  return runs.map((run) => ({ ...run, folded: run.folded && run.rows.length >= WORTH_FOLDING }));
}

/** Whether the two sides differ. */
export function isChanged(row: Row): boolean {
  return row.old !== row.new;
}
