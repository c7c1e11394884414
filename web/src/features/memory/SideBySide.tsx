import { Fragment, useState } from "react";
import type { DiffLine } from "@/api/schema";
import { plural } from "@/lib/text";
import { asRows, asRuns, type Row, type Run } from "./diffRows";
import classes from "./SideBySide.module.css";

/** Two texts beside each other, or below each other where it is narrow. */
export function SideBySide({ lines }: { lines: DiffLine[] }) {
  return (
    <section className={classes.scroll} aria-label="Differences" tabIndex={0}>
      <table className={classes.diff}>
        <caption className="unseen">
          Old text on the left, new text on the right, each with its line numbers
        </caption>
        <colgroup>
          <col className={classes.number} />
          <col />
          <col className={classes.number} />
          <col />
        </colgroup>
        <tbody>
          {asRuns(asRows(lines)).map((run) => (
            <RunRows key={keyOf(run.rows[0])} run={run} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function RunRows({ run }: { run: Run }) {
  const [isOpen, setOpen] = useState(!run.folded);
  if (isOpen) return run.rows.map((row) => <RowCells key={keyOf(row)} row={row} />);
  return (
    <tr>
      <td colSpan={4} className={classes.fold}>
        <button type="button" onClick={() => setOpen(true)}>
          {plural(run.rows.length, "unchanged line")}
        </button>
      </td>
    </tr>
  );
}

function RowCells({ row }: { row: Row }) {
  return (
    <tr>
      <Side line={row.old} number={row.old?.old} />
      <Side line={row.new} number={row.new?.new} />
    </tr>
  );
}

function Side({ line, number }: { line: DiffLine | undefined; number: number | null | undefined }) {
  const kind = line?.kind ?? "none";
  return (
    <Fragment>
      <td className={classes.number} data-kind={kind}>
        {number}
      </td>
      <td className={classes.line} data-kind={kind}>
        {kind === "added" && <ins>{line?.text}</ins>}
        {kind === "removed" && <del>{line?.text}</del>}
        {kind === "equal" && line?.text}
      </td>
    </Fragment>
  );
}

function keyOf(row: Row | undefined): string {
  return `${row?.old?.old ?? ""}:${row?.new?.new ?? ""}`;
}
