import type { JobState } from "@/api/schema";
import classes from "./State.module.css";
import { STATES } from "./states";

/** Where a job stands, in its colour, with a picture and a word for those who see none. */
export function StateBadge({ state }: { state: JobState }) {
  const { label, icon: Picture } = STATES[state];
  return (
    <span className={`${classes.toned} ${classes.badge}`} data-state={state}>
      <Picture size={13} stroke={2} aria-hidden />
      {label}
    </span>
  );
}
