import { Button, Group, Modal, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { CountedWorkspace } from "@/api/schema";
import { session } from "@/api/session";
import { moveWorkspace } from "@/api/workspaces";
import { to } from "@/lib/paths";
import { mayWriteIn, parentPath, parentsFor } from "@/lib/tree";
import { WorkspaceSelect } from "@/ui/WorkspaceSelect";
import { showError } from "@/ui/toast";
import { ROOT } from "./draft";

interface Props {
  workspace: CountedWorkspace;
  tree: CountedWorkspace[];
  onClose: () => void;
}

/** Puts a workspace, with all that is in it, under another one. */
export function MoveWorkspace({ workspace: { id, path, name }, tree, onClose }: Props) {
  const [parent, setParent] = useState(parentPath(path));
  const queries = useQueryClient();
  const navigate = useNavigate();
  const who = useQuery(session.current()).data;
  const moving = useMutation({
    mutationFn: () => moveWorkspace(id, parent === ROOT ? null : parent),
    onSuccess: async (moved) => {
      await queries.invalidateQueries({ queryKey: ["memories"] });
      onClose();
      await navigate(to.workspace(moved.path), { replace: true });
    },
    onError: showError,
  });
  return (
    <Modal opened onClose={onClose} title={`Move “${name}”`}>
      <WorkspaceSelect
        label="Into"
        data-autofocus
        places={parentsFor(path, tree).filter((each) => mayWriteIn(each.path, who))}
        others={who?.workspaces ? [] : [{ value: ROOT, label: "No other workspace" }]}
        value={parent}
        onChange={setParent}
      />
      <Text size="sm" c="dimmed" mt="xs">
        All workspaces and memories in it move along. Its path changes; links to the old one end.
      </Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={moving.isPending}
          disabled={parent === parentPath(path)}
          onClick={() => moving.mutate()}
        >
          Move
        </Button>
      </Group>
    </Modal>
  );
}
