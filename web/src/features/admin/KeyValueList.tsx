import type { ReactNode } from "react";
import classes from "./KeyValueList.module.css";

export type KeyValue = [name: string, value: ReactNode];

/** A list of names and values, in as many columns as fit. */
export function KeyValueList({ items }: { items: KeyValue[] }) {
  return (
    <dl className={classes.list}>
      {items.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
