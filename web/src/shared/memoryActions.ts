import { archiveMemory, deleteMemory, pinMemory, restoreMemory } from "@/api/memories";
import type { Memory } from "@/api/schema";
import { restoreDeleted } from "@/api/trash";
import { to } from "@/lib/paths";
import { ROOT } from "@/lib/root";
import { showError, showSuccess } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";

/** Archives a memory, or restores it where it is archived; an undo is offered. */
export function toggleArchived({ id, archivedAt }: Memory): void {
  const isArchived = archivedAt !== undefined;
  const [move, moveBack] = isArchived
    ? [restoreMemory, archiveMemory]
    : [archiveMemory, restoreMemory];
  move(id).then(
    () =>
      offerUndo(
        isArchived ? "Restored." : "Archived: lists and searches no longer show it.",
        () => void moveBack(id).catch(showError),
      ),
    showError,
  );
}

export function togglePinned({ id, pinned }: Memory): void {
  pinMemory(id, !pinned).then(
    () =>
      offerUndo(
        pinned ? "No longer pinned." : "Pinned: every session of an agent begins with it.",
        () => void pinMemory(id, pinned ?? false).catch(showError),
      ),
    showError,
  );
}

/** Moves a memory to the trash; an undo is offered, after which `restored` is called. */
export async function remove(id: string, restored: () => void): Promise<void> {
  await deleteMemory(id);
  offerUndo(
    "Moved the memory to the trash.",
    () => void restoreDeleted(id).then(restored, showError),
  );
}

export function copyText(text: string): void {
  navigator.clipboard.writeText(text).then(() => showSuccess("Copied."), showError);
}

export function copyLink(id: string): void {
  copyText(`${location.origin}${ROOT}${to.memory(id)}`);
}

/** The text below its title, unless it begins with a heading of its own. */
export function asMarkdown({ title, text }: Memory): string {
  return title === null || /^\s*#/.test(text) ? text : `# ${title}\n\n${text}`;
}
