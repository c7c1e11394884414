import { Button, Group, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { IconDatabaseExport } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Backup, Backups } from "@/api/schema";
import { bytes, count, plural } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { showError, showSuccess } from "@/ui/toast";
import { type KeyValue, KeyValueList } from "./KeyValueList";
import table from "./JobsTable.module.css";
import { admin, launch } from "./queries";

/** When everything was copied last, how that went, and when the next copy is made. */
export function BackupsPanel() {
  const { data } = useQuery(admin.backups());
  return (
    <Panel flush aria-label="Backups">
      <Group justify="space-between" px="1.25rem" pt="1rem" pb="sm">
        <Title order={2} size="h3">
          Backups
        </Title>
        <BackUpNow />
      </Group>
      {data ? <Known backups={data} /> : <Skeleton height={48} m="md" />}
    </Panel>
  );
}

function BackUpNow() {
  const queries = useQueryClient();
  const making = useMutation({
    mutationFn: launch.backup,
    onSuccess: ({ memories }) =>
      showSuccess(`Backed up ${plural(memories ?? 0, "memory", "memories")}, and verified it.`),
    onError: showError,
    onSettled: () => queries.invalidateQueries({ queryKey: ["backups"] }),
  });
  return (
    <Button
      variant="default"
      size="compact-md"
      leftSection={<IconDatabaseExport size={16} />}
      loading={making.isPending}
      onClick={() => making.mutate()}
    >
      Back up now
    </Button>
  );
}

function Known({ backups }: { backups: Backups }) {
  const { lastGood, everyHours, directory, keep } = backups;
  const facts: KeyValue[] = [
    ["Last backup", lastGood ? <Time key="last" at={lastGood.startedAt} /> : "none yet"],
    ["Next", <Next key="next" backups={backups} />],
    ["Made", everyHours ? `every ${plural(everyHours, "hour")}` : "on demand only"],
    ["Kept", plural(keep, "backup")],
    ["In", directory],
  ];
  return (
    <Stack gap="sm" pb={backups.count ? 0 : "1rem"}>
      <div style={{ paddingInline: "1.25rem" }}>
        <KeyValueList items={facts} />
      </div>
      {backups.count > 0 && <Attempts backups={backups.backups} />}
    </Stack>
  );
}

function Next({ backups }: { backups: Backups }) {
  if (!backups.everyHours) return "only on demand";
  return backups.nextAt ? <Time at={backups.nextAt} /> : "as soon as there is a worker";
}

function Attempts({ backups }: { backups: Backup[] }) {
  return (
    <Table className={table.table} verticalSpacing="sm" horizontalSpacing="1.25rem">
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={140}>When</Table.Th>
          <Table.Th>Outcome</Table.Th>
          <Table.Th visibleFrom="xs" w={110}>
            Memories
          </Table.Th>
          <Table.Th w={90}>Size</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {backups.slice(0, 5).map((backup) => (
          <Table.Tr key={backup.startedAt}>
            <Table.Td>
              <Time at={backup.startedAt} />
            </Table.Td>
            <Table.Td style={{ overflowWrap: "anywhere" }}>
              <Outcome backup={backup} />
            </Table.Td>
            <Table.Td visibleFrom="xs">
              {backup.memories === undefined ? "–" : count(backup.memories)}
            </Table.Td>
            <Table.Td>{backup.bytes === undefined ? "–" : bytes(backup.bytes)}</Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Outcome({ backup }: { backup: Backup }) {
  if (backup.error) {
    return (
      <Text span size="sm" c="red">
        {backup.error}
      </Text>
    );
  }
  const name = backup.file?.split(/[/\\]/).at(-1);
  return (
    <>
      Verified{" "}
      <Text span size="sm" c="dimmed" visibleFrom="sm">
        {name}
      </Text>
    </>
  );
}
