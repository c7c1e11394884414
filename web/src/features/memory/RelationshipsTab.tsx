import { ActionIcon, Text, Title, Tooltip } from "@mantine/core";
import { IconTrash, IconVectorTriangle } from "@tabler/icons-react";
import { Link } from "react-router";
import { relate, unrelate } from "@/api/memories";
import { to } from "@/lib/paths";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { MemoryName } from "@/ui/MemoryName";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { ShowMore } from "@/ui/ShowMore";
import { showError } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";
import { Graph } from "./Graph";
import { NewRelationship } from "./NewRelationship";
import classes from "./RelationshipsTab.module.css";
import { useMemory } from "./useMemory";
import { type Neighbour, useNeighbours } from "./useNeighbours";

export function RelationshipsTab() {
  const memory = useMemory();
  const { neighbours, isPending, error, refetch, ...more } = useNeighbours(memory.id);
  if (isPending) return <RowsSkeleton rows={3} />;
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <div className={classes.layout}>
      <NewRelationship fromId={memory.id} />
      {neighbours.length === 0 ? <NoRelationships /> : <Graph startId={memory.id} />}
      <div className={classes.lists}>
        <Direction
          title="To this memory"
          neighbours={neighbours.filter(({ isOutgoing }) => !isOutgoing)}
        />
        <Direction
          title="From this memory"
          neighbours={neighbours.filter(({ isOutgoing }) => isOutgoing)}
        />
        <ShowMore {...more} />
      </div>
    </div>
  );
}

function NoRelationships() {
  return (
    <Panel>
      <Empty icon={IconVectorTriangle} title="No relationships yet">
        Say above how this memory belongs to another, or link what the tab “Similar” finds.
      </Empty>
    </Panel>
  );
}

function Direction({ title, neighbours }: { title: string; neighbours: Neighbour[] }) {
  if (neighbours.length === 0) return null;
  return (
    <div>
      <Title order={2} size="h3" mb="xs">
        {title}
      </Title>
      <Panel flush>
        <ul className={classes.list}>
          {neighbours.map((neighbour) => (
            <NeighbourRow key={neighbour.relationship.id} neighbour={neighbour} />
          ))}
        </ul>
      </Panel>
    </div>
  );
}

function NeighbourRow({
  neighbour: { relationship, id, memory, isOutgoing },
}: {
  neighbour: Neighbour;
}) {
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <Text size="xs" c="dimmed">
          {isOutgoing ? `${relationship.type} →` : `→ ${relationship.type}`}
          {relationship.score !== undefined && ` · ${relationship.score.toFixed(2)}`}
        </Text>
        <Link to={to.memoryTab(id, "relationships")}>
          {memory ? <MemoryName memory={memory} /> : "…"}
        </Link>
      </div>
      <Tooltip label="Remove the relationship">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Remove ${relationship.type}`}
          onClick={() => remove(relationship)}
        >
          <IconTrash size={16} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

function remove(relationship: Neighbour["relationship"]): void {
  const { id, fromMemoryId, toMemoryId, type, score } = relationship;
  unrelate(id).then(
    () =>
      offerUndo(
        "Relationship removed.",
        () => void relate(fromMemoryId, toMemoryId, type, score).catch(showError),
      ),
    showError,
  );
}
