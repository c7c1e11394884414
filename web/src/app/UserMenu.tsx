import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { IconLogout } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { logOut, session } from "@/api/session";
import { BASENAME } from "@/lib/root";
import { showError } from "@/ui/toast";

/** The name and scope of the token in use, with a log-out button; empty without a login. */
export function UserMenu() {
  const { data } = useQuery(session.current());
  if (!data?.name) return null;
  return (
    <Group gap={6} justify="space-between" wrap="nowrap" px={10}>
      <Text size="sm" c="dimmed" truncate>
        <strong>{data.name}</strong> · {data.scope}
        {data.workspaces && " · bound"}
      </Text>
      <Tooltip label="Log out">
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label="Log out"
          onClick={() => void logOutAndReload()}
        >
          <IconLogout size={18} stroke={1.6} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

/** Log out and reload, so that no data stays in the page. */
export async function logOutAndReload(): Promise<void> {
  try {
    await logOut();
    location.assign(`${BASENAME.replace(/\/$/, "")}/`);
  } catch (error) {
    showError(error);
  }
}
