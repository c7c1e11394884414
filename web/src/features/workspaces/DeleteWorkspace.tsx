import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { CountedWorkspace } from "@/api/schema";
import { session } from "@/api/session";
import { deleteWorkspace, type Destination } from "@/api/workspaces";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { type Contents, contentsOf, mayWriteIn, parentPath } from "@/lib/tree";
import { showError, showSuccess } from "@/ui/toast";

interface Props {
  workspace: CountedWorkspace;
  tree: CountedWorkspace[];
  onClose: () => void;
}

/** Says what is in a workspace, and asks what becomes of it. No memory is lost by it. */
export function DeleteWorkspace({ workspace: { id, path, name }, tree, onClose }: Props) {
  const who = useQuery(session.current()).data;
  const contents = contentsOf(path, tree);
  const above = parentPath(path);
  const mayKeep = above ? mayWriteIn(above, who) : who?.workspaces === undefined;
  const [destination, setDestination] = useState<Destination>(mayKeep ? "parent" : "trash");
  const holdsMemories = contents.memories + contents.trashed > 0;
  const isEmpty = !holdsMemories && contents.workspaces === 0;
  const deleting = useDeleting(id, above, name, onClose);
  return (
    <Modal opened onClose={onClose} title={`Delete “${name}”?`}>
      <Stack gap="md">
        <Text size="sm">{sentence(contents)}</Text>
        {holdsMemories && (
          <Radio.Group
            label="Its memories"
            value={destination}
            onChange={(chosen) => setDestination(chosen as Destination)}
          >
            <Stack gap="xs" mt="xs">
              {mayKeep && (
                <Radio value="parent" label={above ? `Move to ${above}` : "Keep them, unfiled"} />
              )}
              <Radio value="trash" label="Move to the trash" />
            </Stack>
          </Radio.Group>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="red"
            loading={deleting.isPending}
            onClick={() => deleting.mutate(isEmpty ? undefined : destination)}
          >
            Delete
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function sentence({ memories, trashed, workspaces }: Contents): string {
  const parts = [
    memories > 0 && plural(memories, "memory", "memories"),
    trashed > 0 && `${plural(trashed, "memory", "memories")} in the trash`,
    workspaces > 0 && plural(workspaces, "workspace"),
  ].filter((part) => part !== false);
  if (parts.length === 0) return "Nothing is in it.";
  const last = parts.pop();
  const listed = parts.length > 0 ? `${parts.join(", ")} and ${last}` : last;
  const also = workspaces > 0 ? " The workspaces are deleted with it." : "";
  return `In it: ${listed}.${also}`;
}

function useDeleting(id: string, above: string, name: string, onDone: () => void) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (destination: Destination | undefined) => deleteWorkspace(id, destination),
    onSuccess: async () => {
      onDone();
      await navigate(above ? to.workspace(above) : to.workspaces(), { replace: true });
      await queries.invalidateQueries({ queryKey: ["memories"] });
      showSuccess(`Deleted “${name}”.`);
    },
    onError: showError,
  });
}
