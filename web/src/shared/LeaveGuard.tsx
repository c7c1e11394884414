import { Button, Group, Modal, Text } from "@mantine/core";
import { type ReactNode, useEffect } from "react";
import { useBlocker } from "react-router";

/** The state of a navigation that follows a save: nothing is lost by it. */
export const SAVED = { saved: true };

interface Props {
  isDirty: boolean;
  title?: string;
  stay?: string;
  children?: ReactNode;
}

/** Asks before something on the page is lost: what was written, if nothing else is said. */
export function LeaveGuard({
  isDirty,
  title = "Leave without saving?",
  stay = "Keep editing",
  children = "What you wrote here would be lost.",
}: Props) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => {
    const leaves = currentLocation.pathname !== nextLocation.pathname;
    return isDirty && leaves && nextLocation.state !== SAVED;
  });

  // the browser asks in its own words when the tab is closed or reloaded
  useEffect(() => {
    if (!isDirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [isDirty]);

  return (
    <Modal opened={blocker.state === "blocked"} onClose={() => blocker.reset?.()} title={title}>
      <Text size="sm">{children}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={() => blocker.proceed?.()}>
          Leave
        </Button>
        <Button onClick={() => blocker.reset?.()} data-autofocus>
          {stay}
        </Button>
      </Group>
    </Modal>
  );
}
