import { Group, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./PageHeader.module.css";

interface Props {
  title: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
}

/** A page's name, a line on what it is for, and what can be done on it as a whole. */
export function PageHeader({ title, children, actions }: Props) {
  return (
    <header className={classes.header}>
      <div className={classes.words}>
        <Title order={1}>{title}</Title>
        {children && (
          <Text c="dimmed" component="div" mt={2}>
            {children}
          </Text>
        )}
      </div>
      {actions && <Group gap="xs">{actions}</Group>}
    </header>
  );
}
