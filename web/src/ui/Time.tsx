import { Tooltip } from "@mantine/core";
import { useStore } from "@/lib/store";
import { exact, now, relative } from "@/lib/time";

/** An age that keeps itself current; the exact time on hover. Takes ISO 8601 or milliseconds. */
export function Time({ at }: { at: string | number }) {
  const present = useStore(now);
  const moment = new Date(at);
  return (
    <Tooltip label={exact(moment.getTime())}>
      <time dateTime={moment.toISOString()}>{relative(moment.getTime(), present)}</time>
    </Tooltip>
  );
}
