import { ActionIcon, Button, Menu, Title } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconDots,
  IconFolderPlus,
  IconFolderSymlink,
  IconPencil,
  IconPlus,
  IconTrash,
} from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import type { CountedWorkspace } from "@/api/schema";
import { session } from "@/api/session";
import { updateWorkspace, workspaces } from "@/api/workspaces";
import { to } from "@/lib/paths";
import { ancestorsOf, mayWriteIn } from "@/lib/tree";
import { useTo } from "@/lib/useScope";
import header from "@/ui/PageHeader.module.css";
import { showError, showSuccess } from "@/ui/toast";
import { DeleteWorkspace } from "./DeleteWorkspace";
import { MoveWorkspace } from "./MoveWorkspace";
import { StatusBadge } from "./StatusBadge";
import { WorkspaceForm } from "./WorkspaceForm";
import classes from "./Workspaces.module.css";

interface Props {
  workspace: CountedWorkspace;
  tree: CountedWorkspace[];
}

/** Its name, where it lies, and what can be done with it as a whole. */
export function WorkspaceHeader({ workspace, tree }: Props) {
  const { path, name, status, archivedAt } = workspace;
  return (
    <header className={header.header}>
      <div className={header.words}>
        <nav className={classes.crumbs} aria-label="Where it lies">
          <Link to={to.workspaces()}>Workspaces</Link>
          {ancestorsOf(path, tree).map((each) => (
            <span key={each.id}>
              / <Link to={to.workspace(each.path)}>{each.name}</Link>
            </span>
          ))}
        </nav>
        <div className={classes.title}>
          <Title order={1} dir="auto">
            {name}
          </Title>
          {status && <StatusBadge status={status} />}
          {archivedAt && status !== "archived" && <span className={classes.status}>Archived</span>}
        </div>
      </div>
      <Actions workspace={workspace} tree={tree} />
    </header>
  );
}

type Dialog = "edit" | "create" | "move" | "delete";

function Actions({ workspace, tree }: Props) {
  const toHere = useTo();
  const who = useQuery(session.current()).data;
  const [dialog, setDialog] = useState<Dialog>();
  const close = () => setDialog(undefined);
  const archive = useArchiving(workspace);
  if (!mayWriteIn(workspace.path, who)) return null;
  const isArchived = workspace.archivedAt !== undefined;
  return (
    <div className={classes.actions}>
      <Button component={Link} to={toHere.newMemory()} leftSection={<IconPlus size={17} />}>
        New memory here
      </Button>
      <Button
        variant="default"
        leftSection={<IconPencil size={17} stroke={1.6} />}
        onClick={() => setDialog("edit")}
      >
        Edit
      </Button>
      <Menu position="bottom-end" width={210}>
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconFolderPlus size={16} />} onClick={() => setDialog("create")}>
            New workspace in it
          </Menu.Item>
          <Menu.Item
            leftSection={<IconFolderSymlink size={16} />}
            onClick={() => setDialog("move")}
          >
            Move to…
          </Menu.Item>
          <Menu.Item
            leftSection={isArchived ? <IconArchiveOff size={16} /> : <IconArchive size={16} />}
            onClick={archive}
          >
            {isArchived ? "Restore" : "Archive"}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={16} />}
            onClick={() => setDialog("delete")}
          >
            Delete…
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === "edit" && <WorkspaceForm workspace={workspace} onClose={close} />}
      {dialog === "create" && <WorkspaceForm parent={workspace.path} onClose={close} />}
      {dialog === "move" && <MoveWorkspace workspace={workspace} tree={tree} onClose={close} />}
      {dialog === "delete" && <DeleteWorkspace workspace={workspace} tree={tree} onClose={close} />}
    </div>
  );
}

function useArchiving({ id, archivedAt }: CountedWorkspace): () => void {
  const queries = useQueryClient();
  const archived = archivedAt === undefined;
  const run = async () => {
    await updateWorkspace(id, { archived });
    await queries.invalidateQueries({ queryKey: workspaces.tree().queryKey });
    showSuccess(archived ? "Archived. Its memories stay as they are." : "Restored.");
  };
  return () => void run().catch(showError);
}
