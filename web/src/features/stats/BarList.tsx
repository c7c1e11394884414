import { Button, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Link } from "react-router";
import type { NameCount } from "@/api/schema";
import { count } from "@/lib/text";
import classes from "./BarList.module.css";

interface Props {
  items: NameCount[];
  link: (name: string) => string;
  draw?: (name: string) => ReactNode;
  none: string;
}

const FIRST = 10;

/** Words by how often they are used, each leading to the memories that bear it. */
export function BarList({ items, link, draw = (name) => name, none }: Props) {
  const [all, setAll] = useState(false);
  const most = items[0]?.count ?? 1;
  if (items.length === 0) return <Text c="dimmed">{none}</Text>;
  return (
    <>
      <ul className={classes.list}>
        {(all ? items : items.slice(0, FIRST)).map(({ name, count: amount }) => (
          <li key={name}>
            <Link to={link(name)} className={classes.row}>
              <span className={classes.track}>
                <span className={classes.bar} style={{ width: `${(amount / most) * 100}%` }} />
                <span className={classes.name}>{draw(name)}</span>
              </span>
              <span className={classes.amount}>{count(amount)}</span>
            </Link>
          </li>
        ))}
      </ul>
      {items.length > FIRST && (
        <Button variant="subtle" size="compact-sm" mt="sm" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${count(items.length)}`}
        </Button>
      )}
    </>
  );
}
