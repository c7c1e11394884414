import {
  Button,
  Group,
  Modal,
  NativeSelect,
  SegmentedControl,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useNavigate } from "react-router";
import type { ProjectStatus, Workspace, WorkspaceKind } from "@/api/schema";
import { session } from "@/api/session";
import { createWorkspace, updateWorkspace, workspaces } from "@/api/workspaces";
import { to } from "@/lib/paths";
import { mayWriteIn } from "@/lib/tree";
import { WorkspaceSelect } from "@/ui/WorkspaceSelect";
import { showError } from "@/ui/toast";
import { bodyOf, changeOf, draftOf, ROOT, type WorkspaceDraft } from "./draft";
import { STATUSES } from "./statuses";

interface Props {
  /** The one to change; without it a new one is made. */
  workspace?: Workspace;
  /** Where a new one goes at first. */
  parent?: string;
  onClose: () => void;
}

/** Creates a workspace or project, or changes what is said of one. */
export function WorkspaceForm({ workspace, parent = ROOT, onClose }: Props) {
  const [draft, setDraft] = useState(() => draftOf(workspace, parent));
  const change = (changed: Partial<WorkspaceDraft>) => setDraft({ ...draft, ...changed });
  const saving = useSaving(workspace, draft, onClose);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate();
  };
  const isProject = draft.kind === "project";
  return (
    <Modal
      opened
      onClose={onClose}
      size="34rem"
      title={workspace ? `Edit ${workspace.path}` : "New workspace"}
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Name"
            placeholder="Billing API"
            dir="auto"
            required
            maxLength={200}
            data-autofocus
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
          {workspace ? (
            <TextInput
              label="Its part of the path"
              description="A change makes a new path for it and all below it. Links to the old one end."
              required
              maxLength={100}
              value={draft.slug}
              onChange={(event) => change({ slug: event.currentTarget.value })}
            />
          ) : (
            <ParentSelect value={draft.parent} onChange={(chosen) => change({ parent: chosen })} />
          )}
          {workspace?.kind !== "project" && (
            <SegmentedControl
              aria-label="Kind"
              fullWidth
              data={[
                { value: "workspace", label: "Workspace" },
                { value: "project", label: "Project, with a status" },
              ]}
              value={draft.kind}
              onChange={(kind) => change({ kind: kind as WorkspaceKind })}
            />
          )}
          <Prose
            label="Description"
            placeholder="What belongs here"
            value={draft.description}
            onChange={(description) => change({ description })}
          />
          {isProject && (
            <>
              <NativeSelect
                label="Status"
                data={Object.entries(STATUSES).map(([value, label]) => ({ value, label }))}
                value={draft.status}
                onChange={(event) => change({ status: event.currentTarget.value as ProjectStatus })}
              />
              <Prose
                label="Victory conditions"
                placeholder="When the project has succeeded"
                value={draft.victoryConditions}
                onChange={(victoryConditions) => change({ victoryConditions })}
              />
            </>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={saving.isPending} disabled={!draft.name.trim()}>
              {workspace ? "Save" : "Create"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface ProseProps {
  label: string;
  placeholder: string;
  value: string;
  onChange: (text: string) => void;
}

function Prose({ onChange, ...rest }: ProseProps) {
  return (
    <Textarea
      description="Markdown is welcome."
      dir="auto"
      autosize
      minRows={2}
      maxRows={10}
      maxLength={10_000}
      onChange={(event) => onChange(event.currentTarget.value)}
      {...rest}
    />
  );
}

/** Where a new workspace goes; a bound token makes it below what it may write into. */
function ParentSelect({ value, onChange }: { value: string; onChange: (path: string) => void }) {
  const tree = useQuery(workspaces.tree()).data ?? [];
  const who = useQuery(session.current()).data;
  return (
    <WorkspaceSelect
      label="In"
      places={tree.filter(({ path }) => mayWriteIn(path, who))}
      others={who?.workspaces ? [] : [{ value: ROOT, label: "No other workspace" }]}
      value={value}
      onChange={onChange}
    />
  );
}

function useSaving(workspace: Workspace | undefined, draft: WorkspaceDraft, onDone: () => void) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: () =>
      workspace
        ? updateWorkspace(workspace.id, changeOf(workspace, draft))
        : createWorkspace(bodyOf(draft)),
    onSuccess: async ({ path }) => {
      await queries.invalidateQueries({ queryKey: workspaces.tree().queryKey });
      onDone();
      if (path !== workspace?.path) await navigate(to.workspace(path), { replace: !!workspace });
    },
    onError: showError,
  });
}
