import { Tooltip } from "@mantine/core";
import { exact } from "@/lib/time";

const clock = new Intl.DateTimeFormat("en", { timeStyle: "medium", hourCycle: "h23" });

/** A moment of today, to the second: for what changes faster than an age is told. */
export function Clock({ at }: { at: number }) {
  return (
    <Tooltip label={exact(at)}>
      <time dateTime={new Date(at).toISOString()}>{clock.format(at)}</time>
    </Tooltip>
  );
}
