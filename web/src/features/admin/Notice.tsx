import { Stack, Text } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";
import classes from "./Notice.module.css";

interface Props {
  icon: Icon;
  title: string;
  children: ReactNode;
}

/** Something that needs attention, said calmly. */
export function Notice({ icon: Picture, title, children }: Props) {
  return (
    <div className={classes.notice} role="status">
      <Picture size={20} stroke={1.7} aria-hidden />
      <Stack gap={6} align="flex-start">
        <Text fw={600}>{title}</Text>
        {children}
      </Stack>
    </div>
  );
}
