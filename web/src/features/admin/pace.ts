import { duration } from "@/lib/time";

const ENOUGH_MS = 1_000;

export interface Pace {
  /** Items a second. */
  rate: number;
  leftMs: number;
}

/** How fast something goes, and for how long it still will; nothing while it is too early to say. */
export function paceOf(
  settled: number,
  total: number,
  since: number | null | undefined,
  at: number | undefined,
): Pace | undefined {
  if (!since || at === undefined) return undefined;
  const passed = at - since;
  if (passed < ENOUGH_MS || settled === 0) return undefined;
  const rate = (settled / passed) * 1_000;
  return { rate, leftMs: ((total - settled) / rate) * 1_000 };
}

/** "12 a second", "30 a minute". */
export function rateWords(rate: number): string {
  if (rate >= 10) return `${Math.round(rate)} a second`;
  if (rate >= 1) return `${rate.toFixed(1)} a second`;
  return `${Math.max(1, Math.round(rate * 60))} a minute`;
}

/** "about 2 min left". */
export function leftWords(leftMs: number): string {
  return leftMs < 1_000 ? "almost done" : `about ${duration(leftMs)} left`;
}

/** Whole percent; 100 only when all is settled. */
export function percentOf(settled: number, total: number): number {
  return total === 0 ? 100 : Math.floor((settled * 100) / total);
}
