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

/** What can be done to the chosen memories; it is there only when some are chosen. */
export function SelectionBar({ selection }: { selection: Selection }) {
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
      <TagButton onTag={(tag) => run(tagAll(chosen, tag))} />
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

function TagButton({ onTag }: { onTag: (tag: string) => void }) {
  const [tag, setTag] = useState("");
  return (
    <Popover trapFocus position="top" withArrow>
      <Popover.Target>
        <Button size="compact-sm" variant="default" leftSection={<IconTag size={16} />}>
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
