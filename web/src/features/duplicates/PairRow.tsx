import { ActionIcon, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { Link } from "react-router";
import type { MemoryOutline, Pair } from "@/api/schema";
import { useMay } from "@/api/session";
import { to } from "@/lib/paths";
import { nameOf } from "@/lib/text";
import { Kind } from "@/ui/Kind";
import { MemoryName } from "@/ui/MemoryName";
import { Time } from "@/ui/Time";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import classes from "./PairRow.module.css";

type OnDelete = (memory: MemoryOutline) => void;

/** Two memories, the newer first, and how near they are. */
export function PairRow({ pair, onDelete }: { pair: Pair; onDelete: OnDelete }) {
  return (
    <li className={classes.row}>
      <span className={classes.similarity} title="How near the two texts are">
        {pair.similarity.toFixed(2)}
      </span>
      <div className={classes.both}>
        <One memory={pair.memory} which="newer" onDelete={onDelete} />
        <One memory={pair.older} which="older" onDelete={onDelete} />
      </div>
    </li>
  );
}

interface OneProps {
  memory: MemoryOutline;
  which: "newer" | "older";
  onDelete: OnDelete;
}

function One({ memory, which, onDelete }: OneProps) {
  const mayDelete = useMay("write");
  return (
    <div className={classes.one}>
      <div className={classes.words}>
        <Link to={to.memory(memory.id)} className={classes.name}>
          <MemoryName memory={memory} />
        </Link>
        <div className={classes.facts}>
          <Kind type={memory.type} />
          {memory.workspaceId && <WorkspaceLink id={memory.workspaceId} />}
          <span>from {memory.source}</span>
          <span>
            {which}, <Time at={memory.createdAt} />
          </span>
        </div>
      </div>
      {mayDelete && (
        <Tooltip label="Move to the trash">
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => onDelete(memory)}
            aria-label={`Move the ${which} one to the trash: ${nameOf(memory)}`}
          >
            <IconTrash size={17} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      )}
    </div>
  );
}
