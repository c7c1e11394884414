import { Button, Group } from "@mantine/core";
import { IconMoodConfuzed } from "@tabler/icons-react";
import { useRouteError } from "react-router";
import { to } from "@/lib/paths";
import { Empty } from "@/ui/Empty";

/** Replaces a page that failed to render; both buttons reload the app. */
export function PageFailure() {
  const error = useRouteError();
  return (
    <Empty
      icon={IconMoodConfuzed}
      title="This page broke"
      action={
        <Group justify="center">
          <Button onClick={() => location.reload()}>Reload</Button>
          <Button component="a" href={to.memories()} variant="default">
            Go to your memories
          </Button>
        </Group>
      }
    >
      Nothing that you stored is lost. {error instanceof Error ? error.message : ""}
    </Empty>
  );
}
