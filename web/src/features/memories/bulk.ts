import {
  archiveMemory,
  deleteMemory,
  readMemory,
  restoreMemory,
  updateMemory,
} from "@/api/memories";
import { ApiError } from "@/api/client";
import type { Memory } from "@/api/schema";
import { restoreDeleted } from "@/api/trash";
import { folded, plural } from "@/lib/text";
import { showError } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";

const AT_ONCE = 6; // as many requests as a browser sends to one server

/** Archives memories, or restores them where all are archived already. */
export async function archiveAll(chosen: Memory[]): Promise<void> {
  const restores = areArchived(chosen);
  const [move, moveBack] = restores
    ? [restoreMemory, archiveMemory]
    : [archiveMemory, restoreMemory];
  await forEach(chosen, ({ id }) => move(id));
  offerUndo(
    `${restores ? "Restored" : "Archived"} ${plural(chosen.length, "memory", "memories")}.`,
    () => void forEach(chosen, ({ id }) => moveBack(id)).catch(showError),
  );
}

/** Whether archiving means to bring back. */
export function areArchived(chosen: Memory[]): boolean {
  return chosen.every(({ archivedAt }) => archivedAt !== undefined);
}

/** Moves memories to the trash. */
export async function deleteAll(chosen: Memory[]): Promise<void> {
  await forEach(chosen, ({ id }) => deleteMemory(id));
  offerUndo(
    `Moved ${plural(chosen.length, "memory", "memories")} to the trash.`,
    () => void forEach(chosen, ({ id }) => restoreDeleted(id)).catch(showError),
  );
}

/** Adds a tag to those that do not bear it yet. */
export async function tagAll(chosen: Memory[], tag: string): Promise<void> {
  const untagged = chosen.filter(({ tags }) => !bears(tags, tag));
  await forEach(untagged, ({ id }) => changeTags(id, (tags) => [...tags, tag]));
  offerUndo(
    `Tagged ${plural(untagged.length, "memory", "memories")} “${tag}”.`,
    () =>
      void forEach(untagged, ({ id }) =>
        changeTags(id, (tags) => tags.filter((each) => !bears([each], tag))),
      ).catch(showError),
  );
}

/** Changes the tags as they are now, again if somebody else was first. */
async function changeTags(id: string, change: (tags: string[]) => string[]): Promise<void> {
  for (let tries = 3; ; tries -= 1) {
    const { tags, version } = await readMemory(id);
    try {
      await updateMemory(id, version, { tags: change(tags) });
      return;
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 409) || tries === 1) throw error;
    }
  }
}

function bears(tags: string[], tag: string): boolean {
  return tags.some((each) => folded(each) === folded(tag));
}

/** Runs the action for all, a few at a time; then throws the first failure. */
async function forEach<T>(items: T[], action: (item: T) => Promise<unknown>): Promise<void> {
  const rest = [...items];
  const failures: unknown[] = [];
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      await action(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (failures.length > 0) throw failures[0];
}
