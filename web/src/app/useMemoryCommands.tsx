import type { SpotlightActionData, SpotlightActionGroupData } from "@mantine/spotlight";
import {
  IconArchive,
  IconCopy,
  IconFileText,
  IconFolderSymlink,
  IconLink,
  IconPencil,
  IconPin,
  IconTrash,
  type Icon,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useMatch, useNavigate } from "react-router";
import { memories } from "@/api/memories";
import { search } from "@/api/search";
import type { Memory } from "@/api/schema";
import { useMay } from "@/api/session";
import { to } from "@/lib/paths";
import { nameOf } from "@/lib/text";
import { useScope } from "@/lib/useScope";
import {
  asMarkdown,
  copyLink,
  copyText,
  toggleArchived,
  togglePinned,
} from "@/shared/memoryActions";
import { useRemoveMemory } from "@/shared/useRemoveMemory";

const MAX_SHOWN = 6;

/** The memories that fit what was typed, while it is typed; the newest before. */
export function useFoundMemories(query: string, isOpen: boolean): SpotlightActionGroupData[] {
  const navigate = useNavigate();
  const scope = useScope();
  const typed = query.trim();
  const newest = useQuery({
    ...memories.page({ ...scope, limit: MAX_SHOWN }),
    enabled: isOpen && !typed,
  });
  const found = useQuery({
    ...search({ query: typed, limit: MAX_SHOWN, ...scope }),
    enabled: isOpen && typed !== "",
  });
  const shown = typed
    ? (found.data?.results ?? []).filter(({ match }) => match !== "weak").map((hit) => hit.memory)
    : (newest.data?.memories ?? []);
  if (shown.length === 0) return [];
  const actions = shown.map((memory) => ({
    id: memory.id,
    label: nameOf(memory),
    description: memory.tags.join(", "),
    keywords: [typed], // what the server found is not filtered by letters again
    leftSection: <IconFileText size={18} stroke={1.6} />,
    onClick: () => void navigate(to.memory(memory.id)),
  }));
  return [{ group: typed ? "Memories" : "Newest memories", actions }];
}

/** The memory whose page is open. */
function useOpenMemory(): Memory | undefined {
  const id = useMatch("/memories/:memoryId/*")?.params.memoryId;
  const isOne = id !== undefined && id !== "new";
  return useQuery({ ...memories.one(id ?? ""), enabled: isOne }).data;
}

/** What can be done to the open memory. */
export function useMemoryCommands(onMove: (memory: Memory) => void): SpotlightActionGroupData[] {
  const memory = useOpenMemory();
  const mayWrite = useMay("write");
  const navigate = useNavigate();
  const removeMemory = useRemoveMemory();
  if (!memory) return [];
  const { id } = memory;
  const changes = [
    command("edit", "Edit", IconPencil, () => void navigate(to.edit(id))),
    command("pin", memory.pinned ? "Unpin" : "Pin", IconPin, () => togglePinned(memory)),
    command("archive", memory.archivedAt ? "Restore" : "Archive", IconArchive, () =>
      toggleArchived(memory),
    ),
    command("move", "Move to a workspace…", IconFolderSymlink, () => onMove(memory)),
    command("delete", "Delete", IconTrash, () => removeMemory(id)),
  ];
  const copies = [
    command("copy", "Copy as Markdown", IconCopy, () => copyText(asMarkdown(memory))),
    command("link", "Copy link", IconLink, () => copyLink(id)),
  ];
  return [{ group: "This memory", actions: [...(mayWrite ? changes : []), ...copies] }];
}

export function command(
  id: string,
  label: string,
  Picture: Icon,
  onClick: () => void,
): SpotlightActionData {
  return { id, label, leftSection: <Picture size={18} stroke={1.6} />, onClick };
}
