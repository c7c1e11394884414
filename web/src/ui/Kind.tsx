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

function hueOf(word: string): number {
  let hash = 7;
  for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return Math.round((hash * 137.5) % 360);
}
