import { ActionIcon, Button, Group, Menu, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconArchive,
  IconArchiveOff,
  IconArrowBackUp,
  IconCopy,
  IconDots,
  IconFolderSymlink,
  IconLink,
  IconPencil,
  IconPin,
  IconPinnedOff,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "react-router";
import { restoreMemory } from "@/api/memories";
import type { Memory } from "@/api/schema";
import { useTo } from "@/lib/useScope";
import { EmbeddingBadge } from "@/ui/EmbeddingBadge";
import { Kind } from "@/ui/Kind";
import { MemoryName } from "@/ui/MemoryName";
import { TagPill } from "@/ui/TagPill";
import { Tags } from "@/ui/Tags";
import { Time } from "@/ui/Time";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import {
  asMarkdown,
  copyLink,
  copyText,
  toggleArchived,
  togglePinned,
} from "@/shared/memoryActions";
import { MoveMemories } from "@/shared/MoveMemories";
import { useRemoveMemory } from "@/shared/useRemoveMemory";
import { Validity } from "@/shared/Validity";
import { showError } from "@/ui/toast";
import classes from "./MemoryHeader.module.css";

export function MemoryHeader({ memory }: { memory: Memory }) {
  const to = useTo();
  return (
    <header className={classes.header}>
      <div className={classes.line}>
        <Title order={1} className={classes.title} dir="auto">
          <MemoryName memory={memory} />
        </Title>
        <Group gap="xs" wrap="nowrap">
          <Button
            component={Link}
            to={to.edit(memory.id)}
            variant="default"
            leftSection={<IconPencil size={17} stroke={1.6} />}
          >
            Edit
          </Button>
          <Actions memory={memory} />
        </Group>
      </div>
      <div className={classes.facts}>
        <Kind type={memory.type} />
        <Time at={memory.createdAt} />
        {memory.pinned && <span>pinned</span>}
        {memory.workspaceId && <WorkspaceLink id={memory.workspaceId} />}
        {memory.archivedAt && <span>archived</span>}
        <Validity memory={memory} />
        {memory.title === null && <span role="status">a title is being written…</span>}
        <EmbeddingBadge status={memory.embeddingStatus} />
        <Tags>
          {memory.tags.map((tag) => (
            <TagPill key={tag} component={Link} to={to.memories({ tag })}>
              {tag}
            </TagPill>
          ))}
        </Tags>
      </div>
    </header>
  );
}

function Actions({ memory }: { memory: Memory }) {
  const removeMemory = useRemoveMemory();
  const [isMoving, moving] = useDisclosure(false);
  const isArchived = memory.archivedAt !== undefined;
  return (
    <>
      {isMoving && <MoveMemories chosen={[memory]} onClose={moving.close} />}
      <Menu position="bottom-end" width={190}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={memory.pinned ? <IconPinnedOff size={16} /> : <IconPin size={16} />}
            onClick={() => togglePinned(memory)}
          >
            {memory.pinned ? "Unpin" : "Pin"}
          </Menu.Item>
          <Menu.Item
            leftSection={isArchived ? <IconArchiveOff size={16} /> : <IconArchive size={16} />}
            onClick={() => toggleArchived(memory)}
          >
            {isArchived ? "Restore" : "Archive"}
          </Menu.Item>
          {!isArchived && memory.supersededAt && (
            <Menu.Item
              leftSection={<IconArrowBackUp size={16} />}
              onClick={() => void restoreMemory(memory.id).catch(showError)}
            >
              It still holds
            </Menu.Item>
          )}
          <Menu.Item
            leftSection={<IconCopy size={16} />}
            onClick={() => copyText(asMarkdown(memory))}
          >
            Copy as Markdown
          </Menu.Item>
          <Menu.Item leftSection={<IconLink size={16} />} onClick={() => copyLink(memory.id)}>
            Copy link
          </Menu.Item>
          <Menu.Item leftSection={<IconFolderSymlink size={16} />} onClick={moving.open}>
            Move to…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} />}
            onClick={() => removeMemory(memory.id)}
          >
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
