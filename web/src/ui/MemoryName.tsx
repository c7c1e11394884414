import { nameOf } from "@/lib/text";
import classes from "./MemoryName.module.css";

/** A memory's title; until it has one, its first words in another tone. */
export function MemoryName({ memory }: { memory: { title: string | null; text?: string } }) {
  if (memory.title !== null) return <bdi>{memory.title}</bdi>;
  return (
    <span className={classes.untitled} title="No title yet">
      <bdi>{nameOf(memory)}</bdi>
    </span>
  );
}
