import { Anchor, Group, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { memories } from "@/api/memories";
import { to } from "@/lib/paths";
import { nameOf } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import classes from "./Graph.module.css";
import { CENTRE, column, curve, heightPx, MOST_ROWS, type Spot, wordSpot } from "./graphLayout";
import { type Neighbour, useNeighbours } from "./useNeighbours";

interface Placed {
  neighbour: Neighbour;
  spot: Spot;
}

/** A memory among its neighbours. Choosing one makes it the centre: so one walks. */
export function Graph({ startId }: { startId: string }) {
  const [walk, setWalk] = useState({ startId, id: startId });
  const id = walk.startId === startId ? walk.id : startId;
  const walkTo = (next: string) => setWalk({ startId, id: next });
  const centre = useQuery(memories.one(id)).data;
  const { neighbours } = useNeighbours(id);
  const placed = place(neighbours);
  const hidden = neighbours.length - placed.length;
  return (
    <Panel flush aria-label="Graph">
      <div className={classes.picture} style={{ height: heightOf(placed) }}>
        <svg className={classes.lines} viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden>
          {placed.map(({ neighbour, spot }) => (
            <path key={neighbour.relationship.id} d={curve(spot, CENTRE)} />
          ))}
        </svg>
        {placed.map(({ neighbour, spot }) => (
          <Node
            key={neighbour.relationship.id}
            neighbour={neighbour}
            spot={spot}
            onWalk={() => walkTo(neighbour.id)}
          />
        ))}
        <span className={classes.node} data-centre style={at(CENTRE)}>
          {centre ? nameOf(centre) : "…"}
        </span>
      </div>
      <Group justify="space-between" className={classes.foot}>
        <Text size="xs" c="dimmed">
          {hidden > 0 ? `${hidden} more are in the list` : "Select a memory to move to it"}
        </Text>
        {id !== startId && (
          <Group gap="md">
            <Anchor size="xs" component="button" type="button" onClick={() => walkTo(startId)}>
              Back to the start
            </Anchor>
            <Anchor size="xs" component={Link} to={to.memoryTab(id, "relationships")}>
              Open this memory
            </Anchor>
          </Group>
        )}
      </Group>
    </Panel>
  );
}

interface NodeProps {
  neighbour: Neighbour;
  spot: Spot;
  onWalk: () => void;
}

function Node({ neighbour: { memory, relationship, isOutgoing }, spot, onWalk }: NodeProps) {
  const name = memory ? nameOf(memory) : "…";
  return (
    <>
      <span className={classes.word} style={at(wordSpot(spot))} aria-hidden>
        {relationship.type} →
      </span>
      <button
        type="button"
        className={classes.node}
        style={at(spot)}
        onClick={onWalk}
        title={name}
        aria-label={`${isOutgoing ? "To" : "From"} ${name}: ${relationship.type}`}
      >
        {name}
      </button>
    </>
  );
}

function place(neighbours: Neighbour[]): Placed[] {
  const incoming = neighbours.filter(({ isOutgoing }) => !isOutgoing).slice(0, MOST_ROWS);
  const outgoing = neighbours.filter(({ isOutgoing }) => isOutgoing).slice(0, MOST_ROWS);
  const spots = [...column("incoming", incoming.length), ...column("outgoing", outgoing.length)];
  return [...incoming, ...outgoing].map((neighbour, i) => ({
    neighbour,
    spot: spots[i] ?? CENTRE,
  }));
}

function heightOf(placed: Placed[]): number {
  const left = placed.filter(({ spot }) => spot.x < CENTRE.x).length;
  return heightPx(Math.max(left, placed.length - left));
}

function at({ x, y }: Spot) {
  return { left: `${x}%`, top: `${y}%` };
}
