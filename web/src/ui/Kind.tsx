import classes from "./Kind.module.css";

/** A memory's type, with a dot whose colour is always the same for the same type. */
export function Kind({ type }: { type: string }) {
  return (
    <span className={classes.kind}>
      <span className={classes.dot} style={{ "--hue": hueOf(type) } as React.CSSProperties} />
      {type}
    </span>
  );
}

/** Hues of usual types, a seventh of the circle or so apart from those they stand beside. */
const HUES: Record<string, number> = {
  note: 350,
  decision: 265,
  "how-to": 60,
  incident: 25,
  problem: 25,
  fact: 160,
  preference: 310,
  convention: 210,
  reference: 110,
};

export function hueOf(word: string): number {
  const usual = HUES[word.toLowerCase()];
  if (usual !== undefined) return usual;
  let hash = 7;
  for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return Math.round((hash * 137.5) % 360);
}
