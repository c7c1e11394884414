import type { ReactNode } from "react";
import classes from "./TagPill.module.css";

/** A row of tags. */
export function Tags({ children }: { children: ReactNode }) {
  return <span className={classes.tags}>{children}</span>;
}
