import { Button, Group, Kbd } from "@mantine/core";
import { spotlight } from "@mantine/spotlight";
import { IconCommand, IconPlus } from "@tabler/icons-react";
import { Link, NavLink } from "react-router";
import { useMay } from "@/api/session";
import { useTo } from "@/lib/useScope";
import { Brand } from "./Brand";
import { ConnectionIndicator } from "./ConnectionIndicator";
import { usePlaces } from "./navigation";
import { ScopeSwitcher } from "./ScopeSwitcher";
import classes from "./Shell.module.css";
import { ThemeSwitch } from "./ThemeSwitch";
import { UserMenu } from "./UserMenu";

export function Sidebar() {
  const to = useTo();
  const places = usePlaces();
  return (
    <aside className={classes.sidebar}>
      <Brand />
      {useMay("write") && (
        <Button component={Link} to={to.newMemory()} leftSection={<IconPlus size={17} />}>
          New memory
        </Button>
      )}
      <ScopeSwitcher />
      <nav className={classes.nav} aria-label="Main">
        {places.map(({ name, label, path, icon: Picture }) => (
          <NavLink key={name} to={path} end={name === "memories"} className={classes.link}>
            <Picture size={18} stroke={1.6} aria-hidden />
            {label}
          </NavLink>
        ))}
      </nav>
      <div className={classes.foot}>
        <UserMenu />
        <button type="button" className={classes.keys} onClick={spotlight.open}>
          <IconCommand size={15} aria-hidden />
          Go to or do…
          <Kbd size="xs" ml="auto">
            {isApple() ? "⌘K" : "Ctrl K"}
          </Kbd>
        </button>
        <Group justify="space-between" mt="sm" wrap="nowrap">
          <ConnectionIndicator />
          <ThemeSwitch />
        </Group>
      </div>
    </aside>
  );
}

function isApple(): boolean {
  return /Mac|iPhone|iPad/.test(navigator.platform);
}
