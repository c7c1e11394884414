import { Stack, Text, Title } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Empty.module.css";

interface Props {
  icon: Icon;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** Says that there is nothing here, why, and what to do first. */
export function Empty({ icon: Picture, title, children, action }: Props) {
  return (
    <Stack align="center" gap="sm" className={classes.empty}>
      <span className={classes.picture}>
        <Picture size={28} stroke={1.5} aria-hidden />
      </span>
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text c="dimmed" maw="30rem" component="div">
        {children}
      </Text>
      {action}
    </Stack>
  );
}
