import { Text } from "@mantine/core";
import { IconDatabaseX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Notice } from "./Notice";
import { admin } from "./queries";

/** A banner above every tab while backups fail. */
export function BackupBanner() {
  const { data } = useQuery(admin.backups());
  const [last] = data?.backups ?? [];
  if (!last?.error) return null;
  return (
    <Notice icon={IconDatabaseX} title="The last backup failed">
      <Text size="sm">{last.error} “Models & system” has more, and makes a backup now.</Text>
    </Notice>
  );
}
