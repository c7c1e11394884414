import { Tooltip } from "@mantine/core";
import type { Leg, SearchHit } from "@/api/schema";
import classes from "./Search.module.css";

const LEGS: Record<Leg, { label: string; description: string }> = {
  fullText: { label: "Words", description: "Contains the query's words" },
  content: { label: "Meaning", description: "Its text has a similar meaning" },
  metadata: { label: "Title and tags", description: "Its title and tags have a similar meaning" },
};

const MATCHES: Record<SearchHit["match"], string> = {
  strong: "Strong match",
  likely: "Likely match",
  weak: "Weak match",
};

/** The relevance as a bar, parted by what each leg of the search adds to the score. */
export function Why({ hit }: { hit: SearchHit }) {
  const parts = hit.explanation ?? [];
  const percent = Math.round(hit.relevance * 100);
  return (
    <div className={classes.why}>
      <div className={classes.match} data-match={hit.match}>
        {MATCHES[hit.match]}
        <span className={classes.rank}>{percent} %</span>
      </div>
      <div
        className={classes.track}
        role="meter"
        aria-label="Relevance"
        aria-valuemin={0}
        aria-valuemax={1}
        aria-valuenow={hit.relevance}
        aria-valuetext={`${MATCHES[hit.match]}, ${percent} %`}
      >
        {parts.map(({ leg, contribution }) => (
          <span
            key={leg}
            className={classes.part}
            data-leg={leg}
            style={{ width: `${(contribution / (hit.score || 1)) * hit.relevance * 100}%` }}
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
