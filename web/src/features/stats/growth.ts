import type { Day } from "@/api/schema";

const DAY = 86_400_000;

export interface Point {
  at: number;
  /** How many memories came on this day, and how many there were at its end. */
  added: number;
  total: number;
}

export const SPANS = [
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "all", label: "All" },
] as const;

export type Span = (typeof SPANS)[number]["value"];

export function spanOf(value: string | null): Span {
  return SPANS.find((span) => span.value === value)?.value ?? "90";
}

/** Every day of the span up to today, those without any memory too. */
export function pointsOf(days: Day[], span: Span, now: number): Point[] {
  const today = Math.floor(now / DAY) * DAY;
  const first = days[0]?.at ?? today;
  const start =
    span === "all" ? Math.min(first, today - 7 * DAY) : today - (Number(span) - 1) * DAY;
  const added = new Map(days.map(({ at, count }) => [at, count]));
  let total = days.reduce((sum, { at, count }) => (at < start ? sum + count : sum), 0);
  const points: Point[] = [];
  for (let at = start; at <= today; at += DAY) {
    total += added.get(at) ?? 0;
    points.push({ at, added: added.get(at) ?? 0, total });
  }
  return points;
}

/** A round number at or above the highest value, and half of it: what the axis says. */
export function ceilingOf(highest: number): number {
  if (highest <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(highest));
  const step = [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find((each) => each * power >= highest);
  return (step ?? 10) * power;
}
