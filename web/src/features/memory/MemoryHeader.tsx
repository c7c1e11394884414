import { ActionIcon, Button, Group, Menu, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import {
  IconArchive,
  IconArchiveOff,
  IconArrowBackUp,
  IconCopy,
  IconDots,
  IconFolderSymlink,
  IconPencil,
  IconPin,
  IconPinnedOff,
  IconTrash,
} from "@tabler/icons-react";
import { Link, useNavigate } from "react-router";
import { archiveMemory, deleteMemory, pinMemory, restoreMemory } from "@/api/memories";
import type { Memory } from "@/api/schema";
import { restoreDeleted } from "@/api/trash";
import { useTo } from "@/lib/useScope";
import { EmbeddingBadge } from "@/ui/EmbeddingBadge";
import { Kind } from "@/ui/Kind";
import { MemoryName } from "@/ui/MemoryName";
import { TagPill } from "@/ui/TagPill";
import { Tags } from "@/ui/Tags";
import { Time } from "@/ui/Time";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import { MoveMemories } from "@/shared/MoveMemories";
import { showError, showSuccess } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";
import { Validity } from "@/shared/Validity";
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
  const remove = useRemove(memory.id);
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
            onClick={() => void pin(memory.id, !memory.pinned).catch(showError)}
          >
            {memory.pinned ? "Unpin" : "Pin"}
          </Menu.Item>
          <Menu.Item
            leftSection={isArchived ? <IconArchiveOff size={16} /> : <IconArchive size={16} />}
            onClick={() => void archive(memory.id, isArchived).catch(showError)}
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
          <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => copy(memory.text)}>
            Copy the text
          </Menu.Item>
          <Menu.Item leftSection={<IconFolderSymlink size={16} />} onClick={moving.open}>
            Move to…
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item color="red" leftSection={<IconTrash size={16} />} onClick={remove}>
            Delete
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

function useRemove(id: string): () => void {
  const to = useTo();
  const navigate = useNavigate();
  const restore = async () => {
    await restoreDeleted(id);
    await navigate(to.memory(id));
  };
  const remove = async () => {
    await deleteMemory(id);
    await navigate(to.memories());
    offerUndo("Moved the memory to the trash.", () => void restore().catch(showError));
  };
  return () => void remove().catch(showError);
}

async function archive(id: string, isArchived: boolean): Promise<void> {
  const [move, moveBack] = isArchived
    ? [restoreMemory, archiveMemory]
    : [archiveMemory, restoreMemory];
  await move(id);
  offerUndo(
    isArchived ? "Restored." : "Archived: lists and searches no longer show it.",
    () => void moveBack(id).catch(showError),
  );
}

async function pin(id: string, pinned: boolean): Promise<void> {
  await pinMemory(id, pinned);
  offerUndo(
    pinned ? "Pinned: every session of an agent begins with it." : "No longer pinned.",
    () => void pinMemory(id, !pinned).catch(showError),
  );
}

function copy(text: string): void {
  navigator.clipboard.writeText(text).then(() => showSuccess("Copied."), showError);
}
