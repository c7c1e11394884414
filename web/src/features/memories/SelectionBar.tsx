import { Button, Popover, TextInput } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconFolderSymlink,
  IconTag,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import type { Memory } from "@/api/schema";
import { plural } from "@/lib/text";
import { MoveMemories } from "@/shared/MoveMemories";
import { showError } from "@/ui/toast";
import { archiveAll, areArchived, deleteAll, tagAll } from "./bulk";
import classes from "./MemoryList.module.css";
import type { Selection } from "./useSelection";

interface Props {
  selection: Selection;
  /** Whether the field for a tag is open. */
  isTagging: boolean;
  onTagging: (isTagging: boolean) => void;
}

/** What can be done to the chosen memories; it is there only when some are chosen. */
export function SelectionBar({ selection, isTagging, onTagging }: Props) {
  const { chosen, clear, selectAll, all } = selection;
  const [moved, setMoved] = useState<Memory[]>([]);
  const dialog = moved.length > 0 && <MoveMemories chosen={moved} onClose={() => setMoved([])} />;
  if (chosen.length === 0) return dialog;
  const run = (action: Promise<void>) => {
    clear();
    action.catch(showError);
  };
  const restores = areArchived(chosen);
  const ArchiveIcon = restores ? IconArchiveOff : IconArchive;
  return (
    <section className={classes.bar} aria-label="Chosen memories">
      <strong>{plural(chosen.length, "memory", "memories")}</strong>
      <Button size="compact-sm" variant="subtle" color="gray" onClick={all ? clear : selectAll}>
        {all ? "Clear selection" : "Select all"}
      </Button>
      <TagButton
        isOpen={isTagging}
        onOpen={onTagging}
        onTag={(tag) => {
          onTagging(false);
          run(tagAll(chosen, tag));
        }}
      />
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconFolderSymlink size={16} />}
        onClick={() => setMoved(chosen)}
      >
        Move to…
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<ArchiveIcon size={16} />}
        onClick={() => run(archiveAll(chosen))}
      >
        {restores ? "Restore" : "Archive"}
      </Button>
      <Button
        size="compact-sm"
        variant="default"
        c="red"
        leftSection={<IconTrash size={16} />}
        onClick={() => run(deleteAll(chosen))}
      >
        Delete
      </Button>
      {dialog}
    </section>
  );
}

interface TagButtonProps {
  isOpen: boolean;
  onOpen: (isOpen: boolean) => void;
  onTag: (tag: string) => void;
}

function TagButton({ isOpen, onOpen, onTag }: TagButtonProps) {
  const [tag, setTag] = useState("");
  return (
    <Popover trapFocus position="top" withArrow opened={isOpen} onChange={onOpen}>
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconTag size={16} />}
          onClick={() => onOpen(!isOpen)}
        >
          Add tag
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (tag.trim()) onTag(tag.trim());
          }}
        >
          <TextInput
            label="Tag"
            placeholder="for example: release"
            maxLength={100}
            value={tag}
            onChange={(event) => setTag(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" size="compact-sm" mt="xs" disabled={!tag.trim()}>
            Add
          </Button>
        </form>
      </Popover.Dropdown>
    </Popover>
  );
}
