import { IconFolder, IconTargetArrow } from "@tabler/icons-react";
import type { CSSProperties } from "react";
import { Link } from "react-router";
import type { CountedWorkspace } from "@/api/schema";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { depthOf } from "@/lib/tree";
import { StatusBadge } from "./StatusBadge";
import classes from "./Workspaces.module.css";

/** Workspaces as a tree: each below the one that it is in, with what is directly in it. */
export function WorkspaceRows({ shown }: { shown: readonly CountedWorkspace[] }) {
  return (
    <ul className={classes.tree}>
      {shown.map((workspace) => (
        <Row key={workspace.id} workspace={workspace} depth={depthOf(workspace.path, shown)} />
      ))}
    </ul>
  );
}

function Row({ workspace, depth }: { workspace: CountedWorkspace; depth: number }) {
  const { path, name, kind, status, archivedAt, memories } = workspace;
  const Picture = kind === "project" ? IconTargetArrow : IconFolder;
  return (
    <li className={classes.node} style={{ "--depth": depth } as CSSProperties}>
      <Picture size={17} stroke={1.6} className={classes.icon} aria-hidden />
      <span className={classes.words}>
        <Link to={to.workspace(path)} className={classes.name} title={path}>
          <bdi>{name}</bdi>
        </Link>
        {status && <StatusBadge status={status} />}
        {archivedAt && status !== "archived" && <span className={classes.status}>Archived</span>}
      </span>
      <span className={classes.amount}>{plural(memories, "memory", "memories")}</span>
    </li>
  );
}
