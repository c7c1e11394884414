import { Checkbox } from "@mantine/core";
import { Link } from "react-router";
import type { Memory } from "@/api/schema";
import { excerpt } from "@/lib/text";
import { useTo } from "@/lib/useScope";
import { EmbeddingBadge } from "@/ui/EmbeddingBadge";
import { Kind } from "@/ui/Kind";
import { MemoryName } from "@/ui/MemoryName";
import { TagPill } from "@/ui/TagPill";
import { Tags } from "@/ui/Tags";
import { Time } from "@/ui/Time";
import { Validity } from "@/shared/Validity";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import classes from "./MemoryRow.module.css";

interface Props {
  memory: Memory;
  selected: boolean;
  onSelect: (selected: boolean) => void;
}

export function MemoryRow({ memory, selected, onSelect }: Props) {
  const to = useTo();
  return (
    <li className={classes.row} data-memory={memory.id} data-selected={selected || undefined}>
      <Checkbox
        className={classes.check}
        size="sm"
        checked={selected}
        onChange={(event) => onSelect(event.currentTarget.checked)}
        aria-label={`Select ${memory.title ?? "memory without a title"}`}
      />
      <div className={classes.body}>
        <div className={classes.head}>
          <Link to={to.memory(memory.id)} className={classes.name}>
            <MemoryName memory={memory} />
          </Link>
          <span className={classes.age}>
            <Time at={memory.createdAt} />
          </span>
        </div>
        <p className={classes.excerpt} dir="auto">
          {excerpt(memory.text)}
        </p>
        <div className={classes.facts}>
          <Kind type={memory.type} />
          <span className={classes.source}>from {memory.source}</span>
          {memory.pinned && <span>pinned</span>}
          {memory.workspaceId && <WorkspaceLink id={memory.workspaceId} />}
          {memory.archivedAt && <span>archived</span>}
          <Validity memory={memory} />
          <EmbeddingBadge status={memory.embeddingStatus} />
          <Tags>
            {memory.tags.map((tag) => (
              <TagPill component={Link} to={to.memories({ tag })} key={tag}>
                {tag}
              </TagPill>
            ))}
          </Tags>
        </div>
      </div>
    </li>
  );
}
