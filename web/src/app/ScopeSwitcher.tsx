import { ActionIcon, Checkbox, Tooltip } from "@mantine/core";
import { IconBinaryTree2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useLocation, useNavigate } from "react-router";
import { useIsBound } from "@/api/session";
import { workspaces } from "@/api/workspaces";
import { switched, to } from "@/lib/paths";
import { UNFILED, type WorkspaceScope, workspaceAt } from "@/lib/scope";
import { useScope } from "@/lib/useScope";
import { WorkspaceSelect } from "@/ui/WorkspaceSelect";
import classes from "./ScopeSwitcher.module.css";

const ALL = "all"; // no workspace may have this name

/** Which workspace the page shows; the address holds it. */
export function ScopeSwitcher() {
  const tree = useQuery(workspaces.tree()).data ?? [];
  const isBound = useIsBound();
  const scope = useScope();
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const go = (next: WorkspaceScope) =>
    void navigate(switched(pathname, new URLSearchParams(search), next));
  const place = tree.find(({ id, path }) => path === scope.workspace || id === scope.workspace);
  return (
    <div className={classes.switcher}>
      <div className={classes.line}>
        <WorkspaceSelect
          className={classes.select}
          aria-label="Workspace"
          size="sm"
          places={tree}
          others={[
            { value: ALL, label: isBound ? "All workspaces" : "All memories" },
            ...(isBound ? [] : [{ value: UNFILED, label: "Unfiled" }]),
          ]}
          value={place?.path ?? scope.workspace ?? ALL}
          onChange={(chosen) => go(chosen === ALL ? {} : { workspace: chosen })}
        />
        <Tooltip label="Workspaces">
          <ActionIcon
            component={Link}
            to={place ? to.workspace(place.path) : to.workspaces()}
            variant="subtle"
            color="gray"
            size={36}
            aria-label={place ? `About ${place.path}` : "Workspaces"}
          >
            <IconBinaryTree2 size={18} stroke={1.6} />
          </ActionIcon>
        </Tooltip>
      </div>
      {place && !isBound && !workspaceAt(pathname) && pathname !== to.newMemory() && (
        <Checkbox
          size="xs"
          label="and unfiled memories"
          checked={scope.includeUnfiled ?? false}
          onChange={(event) =>
            go({ workspace: place.path, includeUnfiled: event.currentTarget.checked || undefined })
          }
        />
      )}
    </div>
  );
}
