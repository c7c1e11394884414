import { ActionIcon, Group } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { IconCommand, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useMay } from "@/api/session";
import { workspaces } from "@/api/workspaces";
import { useTo } from "@/lib/useScope";
import { Brand } from "./Brand";
import { ScopeSwitcher } from "./ScopeSwitcher";
import classes from "./Shell.module.css";
import { ThemeSwitch } from "./ThemeSwitch";

/** In place of the sidebar's head, where it is narrow. */
export function TopBar() {
  const to = useTo();
  const hasWorkspaces = (useQuery(workspaces.tree()).data ?? []).length > 0;
  return (
    <header className={classes.topbar}>
      <Brand />
      <Group gap={6}>
        <ThemeSwitch />
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Commands"
          onClick={spotlight.open}
        >
          <IconCommand size={19} stroke={1.6} />
        </ActionIcon>
        {useMay("write") && (
          <ActionIcon component={Link} to={to.newMemory()} size="lg" aria-label="New memory">
            <IconPlus size={19} />
          </ActionIcon>
        )}
      </Group>
      {hasWorkspaces && (
        <div className={classes.scope}>
          <ScopeSwitcher />
        </div>
      )}
    </header>
  );
}
