import { Progress, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { JobState } from "@/api/schema";
import type { StreamState } from "@/lib/sse";
import { count } from "@/lib/text";
import { ConnectionBadge } from "@/ui/ConnectionBadge";
import { Clock } from "./Clock";
import { leftWords, type Pace, rateWords } from "./pace";
import classes from "./ProgressCard.module.css";
import { StateBadge } from "./StateBadge";

export interface Tally {
  total: number;
  done: number;
  failed: number;
}

interface Props {
  title: string;
  id: string;
  link: string;
  state: JobState;
  percent: number;
  tally?: Tally;
  pace?: Pace;
  connection: StreamState;
  updatedAt?: number;
  note?: ReactNode;
  actions?: ReactNode;
}

const COLOURS: Record<JobState, string> = {
  waiting: "honey.5",
  delayed: "orange.6",
  active: "blue.6",
  completed: "green.7",
  failed: "red.6",
  cancelled: "gray.5",
};

/** How far a job, or a group of them, has come. Knows nothing of where that is read. */
export function ProgressCard(props: Props) {
  const { title, id, link, state, percent, connection, note, actions } = props;
  return (
    <article className={classes.card} aria-label={title}>
      <div className={classes.head}>
        <Link to={link} className={classes.name}>
          {title}
        </Link>
        <StateBadge state={state} />
        <div className={classes.end}>
          <ConnectionBadge state={connection} />
          {actions}
        </div>
      </div>
      <div className={classes.id} title={id}>
        {id}
      </div>
      <Progress
        className={classes.bar}
        value={percent}
        color={COLOURS[state]}
        animated={state === "active"}
        size={8}
        radius="xl"
        transitionDuration={400}
        aria-label={`Progress: ${title}`}
      />
      <Figures {...props} />
      {note && (
        <Text size="sm" mt={6} component="div">
          {note}
        </Text>
      )}
    </article>
  );
}

function Figures({ state, percent, tally, pace, updatedAt }: Props) {
  const running = state === "active" || state === "waiting";
  return (
    <div className={classes.figures}>
      <span className={classes.percent}>{percent}%</span>
      {tally && (
        <span>
          {count(tally.done)} of {count(tally.total)} done
        </span>
      )}
      {tally && tally.failed > 0 && (
        <span className={classes.failed}>{count(tally.failed)} failed</span>
      )}
      {pace && <span>{rateWords(pace.rate)}</span>}
      {pace && running && percent < 100 && <span>{leftWords(pace.leftMs)}</span>}
      {updatedAt !== undefined && (
        <span className={classes.last}>
          Updated <Clock at={updatedAt} />
        </span>
      )}
    </div>
  );
}
