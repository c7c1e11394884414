import { Tooltip } from "@mantine/core";
import type { Leg, SearchHit } from "@/api/schema";
import classes from "./Search.module.css";

const LEGS: Record<Leg, { label: string; description: string }> = {
  fullText: { label: "Words", description: "Contains the query's words" },
  content: { label: "Meaning", description: "Its text has a similar meaning" },
  metadata: { label: "Title and tags", description: "Its title and tags have a similar meaning" },
};

/** The score as a bar, made of what each leg of the search adds to it. */
export function Why({ hit, best }: { hit: SearchHit; best: number }) {
  const parts = hit.explanation ?? [];
  return (
    <div className={classes.why}>
      <div
        className={classes.track}
        role="meter"
        aria-label="Score"
        aria-valuemin={0}
        aria-valuemax={best}
        aria-valuenow={hit.score}
        aria-valuetext={hit.score.toFixed(3)}
      >
        {parts.map(({ leg, contribution }) => (
          <span
            key={leg}
            className={classes.part}
            data-leg={leg}
            style={{ width: `${(contribution / best) * 100}%` }}
          />
        ))}
      </div>
      <ul className={classes.legs}>
        {parts.map(({ leg, rank, score }) => (
          <Tooltip key={leg} label={`${LEGS[leg].description}: ${score.toFixed(3)}, place ${rank}`}>
            <li>
              <span className={classes.key} data-leg={leg} />
              {LEGS[leg].label}
              <span className={classes.rank}>
                {leg === "fullText" ? `#${rank}` : `${score.toFixed(2)} · #${rank}`}
              </span>
            </li>
          </Tooltip>
        ))}
      </ul>
    </div>
  );
}
