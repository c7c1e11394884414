import { Button, Group } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { DeletedMemory } from "@/api/schema";
import { purge, restoreDeleted } from "@/api/trash";
import { excerpt, nameOf } from "@/lib/text";
import { Kind } from "@/ui/Kind";
import { MemoryName } from "@/ui/MemoryName";
import { Time } from "@/ui/Time";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import { showError, showSuccess } from "@/ui/toast";
import classes from "./TrashRow.module.css";

interface Props {
  memory: DeletedMemory;
  mayPurge: boolean;
}

export function TrashRow({ memory, mayPurge }: Props) {
  const restoring = useChange(() => restoreDeleted(memory.id), `Restored “${nameOf(memory)}”.`);
  const purging = useChange(() => purge(memory.id), "Permanently deleted.");
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <div className={classes.name}>
          <MemoryName memory={memory} />
        </div>
        <p className={classes.excerpt} dir="auto">
          {excerpt(memory.text)}
        </p>
        <div className={classes.facts}>
          <Kind type={memory.type} />
          {memory.workspaceId && <WorkspaceLink id={memory.workspaceId} />}
          <span>
            deleted <Time at={memory.deletedAt} />
          </span>
          <span>
            permanently deleted <Time at={memory.purgedAt} />
          </span>
        </div>
      </div>
      <Group gap="xs" wrap="nowrap" className={classes.actions}>
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowBackUp size={16} />}
          loading={restoring.isPending}
          onClick={() => restoring.mutate()}
          aria-label={`Restore: ${nameOf(memory)}`}
        >
          Restore
        </Button>
        {mayPurge && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            c="red"
            loading={purging.isPending}
            onClick={() => confirmPurging(memory, () => purging.mutate())}
            aria-label={`Delete permanently: ${nameOf(memory)}`}
          >
            Delete permanently
          </Button>
        )}
      </Group>
    </li>
  );
}

function useChange(change: () => Promise<unknown>, done: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => showSuccess(done),
    onError: showError,
    onSettled: () => queries.invalidateQueries({ queryKey: ["memories"] }),
  });
}

function confirmPurging(memory: DeletedMemory, onConfirm: () => void) {
  modals.openConfirmModal({
    title: `Delete “${nameOf(memory)}” permanently?`,
    children: "All its versions and events are deleted too. This cannot be undone.",
    labels: { confirm: "Delete permanently", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm,
  });
}
