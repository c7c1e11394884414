import { Button } from "@mantine/core";
import { IconFilterOff, IconNotes } from "@tabler/icons-react";
import { Link } from "react-router";
import { useMay } from "@/api/session";
import { useScope, useTo } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Panel } from "@/ui/Panel";
import { FirstSteps } from "./FirstSteps";

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
    <>
      <Empty
        icon={IconNotes}
        title={useScope().workspace ? "No memories here yet" : "No memories yet"}
        action={
          useMay("write") && (
            <Button component={Link} to={to.newMemory()} variant="default">
              Write the first memory
            </Button>
          )
        }
      >
        Let an agent store what it learns, bring along what you have, or write something down. A
        title is written for you, and everything is found by its meaning.
      </Empty>
      <FirstSteps />
    </>
  );
}
