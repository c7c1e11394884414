import { Button, Group } from "@mantine/core";
import { IconFilterOff, IconNotes } from "@tabler/icons-react";
import { Link } from "react-router";
import { useMay } from "@/api/session";
import { useScope, useTo } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";

export function NoMemories({ isFiltered, onReset }: { isFiltered: boolean; onReset: () => void }) {
  return <Panel>{isFiltered ? <NothingFits onReset={onReset} /> : <NothingYet />}</Panel>;
}

function NothingFits({ onReset }: { onReset: () => void }) {
  return (
    <Empty
      icon={IconFilterOff}
      title="No memories match these filters"
      action={
        <Button variant="default" onClick={onReset}>
          Clear filters
        </Button>
      }
    >
      A memory must match all filters: fewer tags find more.
    </Empty>
  );
}

function NothingYet() {
  const to = useTo();
  return (
    <Empty
      icon={IconNotes}
      title={useScope().workspace ? "No memories here yet" : "No memories yet"}
      action={
        <Group justify="center">
          {useMay("write") && (
            <Button component={Link} to={to.newMemory()}>
              Write the first memory
            </Button>
          )}
          <Button component={Link} to={to.connect()} variant="default">
            Connect your agent
          </Button>
        </Group>
      }
    >
      Write down something worth keeping, or connect an agent and let it store what it learns. A
      title is written for you, and everything is found by its meaning.
    </Empty>
  );
}
