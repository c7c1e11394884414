import { Button, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { Icon } from "@tabler/icons-react";
import { useId } from "react";
import classes from "./ActionsPanel.module.css";
import { isQueueUnavailable } from "./queueUnavailable";
import { admin } from "./queries";

interface Props {
  icon: Icon;
  title: string;
  /** What it will do, with figures. */
  description: string;
  /** Whether the figures are known. */
  isReady?: boolean;
  /** Why it cannot be done now. */
  reason?: string;
  button: string;
  isPending: boolean;
  onClick: () => void;
}

/** One thing that can be done; when it cannot, the reason stands where the figures were. */
export function ActionRow({ icon: Picture, title, description, reason, button, ...rest }: Props) {
  const { isReady = true } = rest;
  const away = isQueueUnavailable(useQuery(admin.counts()).error);
  const words = useId();
  return (
    <div className={classes.action}>
      <span className={classes.picture}>
        <Picture size={19} stroke={1.6} aria-hidden />
      </span>
      <div>
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed" id={words}>
          {away ? "The job queue is unavailable." : isReady ? (reason ?? description) : "Counting…"}
        </Text>
      </div>
      <Button
        variant="default"
        disabled={away || !isReady || reason !== undefined}
        loading={rest.isPending}
        onClick={rest.onClick}
        aria-describedby={words}
        aria-label={title}
      >
        {button}
      </Button>
    </div>
  );
}
