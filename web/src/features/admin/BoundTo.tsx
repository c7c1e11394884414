import { CloseButton, Input, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Scope } from "@/api/schema";
import { workspaces } from "@/api/workspaces";
import { WorkspaceSelect } from "@/ui/WorkspaceSelect";
import classes from "./AccessTab.module.css";
import { type Binding, bind } from "./tokens";

interface Props {
  bindings: Binding[];
  /** The token's own scope: in no workspace it may do more. */
  scope: Scope;
  onChange: (bindings: Binding[]) => void;
}

/** The workspaces that a new token is bound to; none means that it sees everything. */
export function BoundTo({ bindings, scope, onChange }: Props) {
  const tree = useQuery(workspaces.tree()).data ?? [];
  if (tree.length === 0) return null;
  const set = (path: string, chosen: Binding["scope"]) =>
    onChange(bindings.map((each) => (each.workspace === path ? bind(path, chosen) : each)));
  const remove = (path: string) => onChange(bindings.filter(({ workspace }) => workspace !== path));
  return (
    <Input.Wrapper
      label="Workspaces"
      labelElement="div"
      description={
        bindings.length > 0
          ? "It sees only these and all below them, and cannot administer the store."
          : "None chosen: it sees everything. Choose some to bind it to them."
      }
      mt="md"
    >
      <ul className={classes.bindings}>
        {bindings.map(({ workspace, scope: granted }) => (
          <li key={workspace}>
            <bdi className={classes.path}>{workspace}</bdi>
            <SegmentedControl
              size="xs"
              aria-label={`What it may do in ${workspace}`}
              data={[
                { value: "read", label: "Read" },
                { value: "write", label: "Read and write", disabled: scope === "read" },
              ]}
              value={scope === "read" ? "read" : granted}
              onChange={(chosen) => set(workspace, chosen as Binding["scope"])}
            />
            <CloseButton aria-label={`Remove ${workspace}`} onClick={() => remove(workspace)} />
          </li>
        ))}
      </ul>
      <WorkspaceSelect
        key={bindings.length}
        aria-label="Bind to a workspace"
        placeholder="Bind it to a workspace"
        maw="22rem"
        places={tree.filter(({ path }) => !bindings.some((each) => each.workspace === path))}
        value={null}
        onChange={(path) => onChange([...bindings, bind(path, "write")])}
      />
    </Input.Wrapper>
  );
}
