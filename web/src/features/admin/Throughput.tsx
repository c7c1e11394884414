import { useState } from "react";
import type { MinuteCount } from "@/api/schema";
import { count } from "@/lib/text";
import tones from "./State.module.css";
import classes from "./Throughput.module.css";

const MINUTES = 30;
const LOWEST_TOP = 4;
const clock = new Intl.DateTimeFormat("en", { hour: "2-digit", minute: "2-digit", hour12: false });

/** How many jobs ended in each of the last minutes, the failed ones on top. */
export function Throughput({ minutes = [] }: { minutes: MinuteCount[] | undefined }) {
  const [shown, setShown] = useState<number>();
  const top = Math.max(LOWEST_TOP, ...minutes.map(({ completed, failed }) => completed + failed));
  const pointed = minutes.find(({ at }) => at === shown);
  return (
    <>
      <div
        className={classes.bars}
        role="img"
        aria-label={`Throughput: ${summary(minutes)}`}
        onPointerLeave={() => setShown(undefined)}
      >
        {minutes.map((minute) => (
          <div
            key={minute.at}
            className={classes.minute}
            onPointerEnter={() => setShown(minute.at)}
          >
            <Bar state="failed" share={minute.failed / top} />
            <Bar state="completed" share={minute.completed / top} />
          </div>
        ))}
      </div>
      <div className={classes.caption}>
        <span>{pointed ? `At ${clock.format(pointed.at)}` : `Last ${MINUTES} minutes`}</span>
        <span>{pointed ? ended([pointed]) : summary(minutes)}</span>
      </div>
    </>
  );
}

function Bar({ state, share }: { state: string; share: number }) {
  if (share === 0) return null;
  const height = `${share * 100}%`;
  return <div className={`${tones.toned} ${classes.part}`} data-state={state} style={{ height }} />;
}

function summary(minutes: MinuteCount[]): string {
  return minutes.some(({ completed, failed }) => completed + failed > 0)
    ? ended(minutes)
    : "no jobs finished";
}

export function ended(minutes: MinuteCount[]): string {
  const done = minutes.reduce((sum, { completed }) => sum + completed, 0);
  const failed = minutes.reduce((sum, minute) => sum + minute.failed, 0);
  return failed > 0 ? `${count(done)} done, ${count(failed)} failed` : `${count(done)} done`;
}
