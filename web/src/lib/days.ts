const DAY_MS = 86_400_000;

/** Usual spans of time that end today. */
export const TIME_PRESETS = [
  { days: 7, label: "Last 7 days" },
  { days: 30, label: "Last 30 days" },
  { days: 365, label: "Last year" },
];

/** A day of an address, as `2026-11-30`; empty if it is none. */
export function asDay(given: string | null): string {
  return given && /^\d{4}-\d\d-\d\d$/.test(given) ? given : "";
}

/** The moments between which whole days of the reader's zone lie, both included. */
export function between(
  from: string,
  until: string,
): { createdAfter?: string; createdBefore?: string } {
  return {
    createdAfter: from ? border(from, 0, -1) : undefined,
    createdBefore: until ? border(until, 1, 0) : undefined,
  };
}

/** The day so many days before `now` (milliseconds), in the reader's zone. */
export function daysAgo(days: number, now: number): string {
  const then = new Date(now - days * DAY_MS);
  const parts = [then.getFullYear(), then.getMonth() + 1, then.getDate()];
  return parts.map((part) => String(part).padStart(2, "0")).join("-");
}

function border(day: string, daysLater: number, msLater: number): string {
  const moment = new Date(`${day}T00:00`);
  moment.setDate(moment.getDate() + daysLater);
  return new Date(moment.getTime() + msLater).toISOString();
}
