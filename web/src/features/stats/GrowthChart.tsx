import { type PointerEvent, useState } from "react";
import { count, plural } from "@/lib/text";
import classes from "./GrowthChart.module.css";
import { ceilingOf, type Point } from "./growth";

const WIDTH = 1000;
const HEIGHT = 100;
const date = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeZone: "UTC" });
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** How the store grew: a line of all memories, day by day; a day's own figures when pointed at. */
export function GrowthChart({ points }: { points: Point[] }) {
  const [pointed, setPointed] = useState<number>();
  const top = ceilingOf(Math.max(0, ...points.map(({ total }) => total)));
  const x = (index: number) => (index / Math.max(1, points.length - 1)) * WIDTH;
  const y = (total: number) => HEIGHT - (total / top) * HEIGHT;
  const line = points.map(({ total }, n) => `${x(n).toFixed(1)},${y(total).toFixed(2)}`).join(" L");
  const point = pointed === undefined ? undefined : points[pointed];
  const follow = (event: PointerEvent) => {
    const box = event.currentTarget.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    setPointed(Math.round(share * (points.length - 1)));
  };
  return (
    <>
      <Words points={points} point={point} />
      <div
        className={classes.chart}
        onPointerMove={follow}
        onPointerLeave={() => setPointed(undefined)}
      >
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden>
          {[0, 0.5, 1].map((share) => (
            <line
              key={share}
              className={classes.grid}
              x2={WIDTH}
              y1={share * HEIGHT}
              y2={share * HEIGHT}
            />
          ))}
          <path className={classes.area} d={`M0,${HEIGHT} L${line} L${WIDTH},${HEIGHT} Z`} />
          <path className={classes.line} d={`M${line}`} />
        </svg>
        {[1, 0.5, 0].map((share) => (
          <span key={share} className={classes.tick} style={{ top: `${(1 - share) * 100}%` }}>
            {compact.format(top * share)}
          </span>
        ))}
        {point && pointed !== undefined && (
          <>
            <span className={classes.cursor} style={{ left: `${x(pointed) / 10}%` }} />
            <span
              className={classes.dot}
              style={{ left: `${x(pointed) / 10}%`, top: `${y(point.total)}%` }}
            />
          </>
        )}
      </div>
      <Dates points={points} />
    </>
  );
}

function Words({ points, point }: { points: Point[]; point: Point | undefined }) {
  const last = points.at(-1);
  const added = points.reduce((sum, each) => sum + each.added, 0);
  if (!point) {
    return (
      <div className={classes.words}>
        <strong>{count(added)}</strong> new in this time, <strong>{count(last?.total ?? 0)}</strong>{" "}
        in all
      </div>
    );
  }
  return (
    <div className={classes.words}>
      {date.format(point.at)}: <strong>{plural(point.added, "new memory", "new memories")}</strong>,{" "}
      {count(point.total)} in all
    </div>
  );
}

function Dates({ points }: { points: Point[] }) {
  const shown = [points[0], points[Math.floor((points.length - 1) / 2)], points.at(-1)];
  return (
    <div className={classes.dates} aria-hidden>
      {shown.map((point, n) => point && <span key={n}>{date.format(point.at)}</span>)}
    </div>
  );
}
