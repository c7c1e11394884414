import { Button, Group, Modal } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Memory } from "@/api/schema";
import { session } from "@/api/session";
import { moveMemories, workspaces } from "@/api/workspaces";
import { UNFILED } from "@/lib/scope";
import { plural } from "@/lib/text";
import { mayWriteIn } from "@/lib/tree";
import { WorkspaceSelect } from "@/ui/WorkspaceSelect";
import { showError } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";

interface Props {
  chosen: Memory[];
  onClose: () => void;
}

/** Asks for a workspace and moves memories there; an undo puts each back where it was. */
export function MoveMemories({ chosen, onClose }: Props) {
  const queries = useQueryClient();
  const tree = useQuery(workspaces.tree()).data ?? [];
  const who = useQuery(session.current()).data;
  const [place, setPlace] = useState<string | null>(null);
  const reread = () => queries.invalidateQueries({ queryKey: ["memories"] });
  const moving = useMutation({
    mutationFn: (target: string) =>
      moveMemories(
        chosen.map(({ id }) => id),
        target,
      ),
    onSuccess: (_, target) => {
      onClose();
      offerUndo(
        `Moved ${plural(chosen.length, "memory", "memories")} to ${target}.`,
        () => void moveBack(chosen).then(reread, showError),
      );
      return reread();
    },
    onError: showError,
  });
  return (
    <Modal opened onClose={onClose} title={`Move ${plural(chosen.length, "memory", "memories")}`}>
      <WorkspaceSelect
        label="Into"
        placeholder="Choose a workspace"
        data-autofocus
        places={tree.filter(({ path }) => mayWriteIn(path, who))}
        others={who?.workspaces ? [] : [{ value: UNFILED, label: "Unfiled" }]}
        value={place}
        onChange={setPlace}
      />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={moving.isPending}
          disabled={place === null}
          onClick={() => place !== null && moving.mutate(place)}
        >
          Move
        </Button>
      </Group>
    </Modal>
  );
}

async function moveBack(chosen: Memory[]): Promise<void> {
  const places = new Set(chosen.map(({ workspaceId }) => workspaceId ?? UNFILED));
  for (const place of places) {
    const theirs = chosen.filter(({ workspaceId }) => (workspaceId ?? UNFILED) === place);
    await moveMemories(
      theirs.map(({ id }) => id),
      place,
    );
  }
}
