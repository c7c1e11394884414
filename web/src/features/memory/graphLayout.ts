/** Where a node stands, in percent of the picture. */
export interface Spot {
  x: number;
  y: number;
}

export const CENTRE: Spot = { x: 50, y: 50 };

/** More rows would make the picture higher than a screen. */
export const MOST_ROWS = 6;

const COLUMNS = { incoming: 13, outgoing: 87 };
const ROW_PX = 58;

/** What leads to the centre stands left of it, what it leads to stands right; as one reads. */
export function column(side: keyof typeof COLUMNS, amount: number): Spot[] {
  return Array.from({ length: amount }, (_, row) => ({
    x: COLUMNS[side],
    y: ((row + 0.5) / amount) * 100,
  }));
}

/** A curve from one spot to another that leaves and arrives level. */
export function curve(from: Spot, to: Spot): string {
  const middle = (from.x + to.x) / 2;
  return `M ${from.x} ${from.y} C ${middle} ${from.y}, ${middle} ${to.y}, ${to.x} ${to.y}`;
}

/** Where the word of a line stands: half way, where the curves are still apart. */
export function wordSpot(spot: Spot): Spot {
  return { x: (spot.x + CENTRE.x) / 2, y: (spot.y + CENTRE.y) / 2 };
}

export function heightPx(rows: number): number {
  return Math.max(3, rows) * ROW_PX;
}
