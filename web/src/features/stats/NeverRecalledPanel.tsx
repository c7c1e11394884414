import { Anchor, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { recalls } from "@/api/recalls";
import { useStore } from "@/lib/store";
import { plural } from "@/lib/text";
import { now } from "@/lib/time";
import { useScope, useTo } from "@/lib/useScope";
import { MemoryName } from "@/ui/MemoryName";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import classes from "./StatsPage.module.css";

/** Memories that nobody was shown for long: perhaps they are badly worded, or of no use. */
export function NeverRecalledPanel() {
  const to = useTo();
  const present = useStore(now);
  const { data } = useQuery(recalls.never(useScope()));
  if (!data) return null;
  const { memories, total, days, since } = data;
  const isYoung = present - Date.parse(since) < days * 86_400_000;
  return (
    <Panel aria-label="Never recalled">
      <Group justify="space-between" mb={4}>
        <Title order={2} size="h3">
          Never recalled
        </Title>
        <Anchor component={Link} to={to.recalls()} size="sm">
          Recalls
        </Anchor>
      </Group>
      <Text size="sm" c="dimmed">
        {isYoung ? (
          <>
            The log of recalls began <Time at={since} />. After {days} days this says what nobody
            was shown.
          </>
        ) : (
          `${plural(total, "memory was", "memories were")} shown to nobody for ${days} days.`
        )}
      </Text>
      {memories.length > 0 && (
        <ul className={classes.names}>
          {memories.map((memory) => (
            <li key={memory.id}>
              <Anchor component={Link} to={to.memory(memory.id)} size="sm">
                <MemoryName memory={memory} />
              </Anchor>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
