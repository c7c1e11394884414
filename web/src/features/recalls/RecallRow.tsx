import { Anchor, Button } from "@mantine/core";
import { Link } from "react-router";
import type { Recall } from "@/api/schema";
import { useMay } from "@/api/session";
import { useTo } from "@/lib/useScope";
import { Time } from "@/ui/Time";
import { askedBy } from "./doors";
import classes from "./Recalls.module.css";

/** What was looked for, by whom, and what was shown. */
export function RecallRow({ recall }: { recall: Recall }) {
  const to = useTo();
  const mayWrite = useMay("write");
  const { query, shown, answered } = recall;
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <span className={classes.query}>{query ?? "Without words"}</span>
        <span className={classes.facts}>
          <Time at={recall.at} />
          <span>{askedBy(recall)}</span>
          {recall.degraded && <span>by words alone</span>}
        </span>
        {shown.length > 0 && (
          <ol className={classes.shown} aria-label="Shown">
            {shown.map(({ id, title, relevance, weak }) => (
              <li key={id}>
                <Anchor component={Link} to={to.memory(id)} size="sm" underline="always">
                  {title ?? "Untitled"}
                </Anchor>{" "}
                {relevance !== undefined && `${Math.round(relevance * 100)} %`}
                {weak && " (weak)"}
              </li>
            ))}
          </ol>
        )}
      </div>
      {mayWrite && answered === 0 && query && (
        <Button component={Link} to={to.newMemory(query)} variant="default" size="compact-sm">
          Make a memory of this
        </Button>
      )}
    </li>
  );
}
