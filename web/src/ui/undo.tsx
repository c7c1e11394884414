import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";

/** How long an undo is offered. */
const UNDO_MS = 6_000;

let undoLast: (() => void) | null = null;

/** Takes back what was done last, as long as that is offered. */
export function takeBackLast(): void {
  undoLast?.();
}

/** Says what was done and offers to take it back. */
export function offerUndo(message: string, undo: () => void): void {
  const takeBack = () => {
    notifications.hide(id);
    undo();
  };
  const id: string = notifications.show({
    color: "heather",
    onClose: () => {
      if (undoLast === takeBack) undoLast = null;
    },
    autoClose: UNDO_MS,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="md">
        <Text size="sm" component="span">
          {message}
        </Text>
        <Button size="compact-sm" variant="light" onClick={takeBack}>
          Undo
        </Button>
      </Group>
    ),
  });
  undoLast = takeBack;
}
