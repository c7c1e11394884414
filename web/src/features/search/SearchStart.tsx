import { Group } from "@mantine/core";
import { IconSparkles } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { memories } from "@/api/memories";
import { useScope, useTo } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import { TagPill } from "@/ui/TagPill";

/** What stands there before anything was typed. */
export function SearchStart() {
  const to = useTo();
  const tags = useQuery(memories.tags(useScope())).data?.tags ?? [];
  return (
    <Panel>
      <Empty
        icon={IconSparkles}
        title="Ask in your own words"
        action={
          <Group gap={6} justify="center" maw="34rem">
            {tags.slice(0, 12).map(({ name }) => (
              <TagPill key={name} component={Link} to={to.search(name)}>
                {name}
              </TagPill>
            ))}
          </Group>
        }
      >
        “When do we release?” finds “Ship on Thursdays”. Exact words and prefixes match too, in any
        language.
      </Empty>
    </Panel>
  );
}
