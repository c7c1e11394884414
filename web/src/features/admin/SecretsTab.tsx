import { Anchor, Button, Group, Table, Text, Title } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconSearch } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import type { SecretFinding } from "@/api/schema";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { showError, showSuccess } from "@/ui/toast";
import table from "./JobsTable.module.css";
import { secrets } from "./secrets";

/** Versions of memories that hold what looks like a secret, and their purge. */
export function SecretsTab() {
  const { data, error, isFetching, refetch } = useQuery(secrets.all());
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  return (
    <Panel flush aria-label="Secrets">
      <Group justify="space-between" px="1.25rem" pt="1rem" pb="sm">
        <Title order={2} size="h3">
          Secrets
        </Title>
        <Button
          variant="default"
          size="compact-md"
          leftSection={<IconSearch size={16} />}
          loading={isFetching}
          onClick={() => void refetch()}
        >
          Search again
        </Button>
      </Group>
      <Text size="sm" c="dimmed" px="1.25rem" pb="sm">
        Keys, tokens and passwords, known by their shape, in any version of a memory. Purging cannot
        be undone; backups that were made before still hold them, so replace the secrets, too.
      </Text>
      {data ? <Findings {...data} /> : <RowsSkeleton rows={3} />}
    </Panel>
  );
}

function Findings({ findings, examined }: { findings: SecretFinding[]; examined: number }) {
  if (findings.length === 0) {
    return (
      <Text px="1.25rem" pb="1rem">
        No secrets in {plural(examined, "memory", "memories")}.
      </Text>
    );
  }
  return (
    <Table className={table.table} verticalSpacing="sm" horizontalSpacing="1.25rem">
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Memory</Table.Th>
          <Table.Th>Version</Table.Th>
          <Table.Th visibleFrom="sm">Looks like</Table.Th>
          <Table.Th w={110} />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {findings.map((finding, index) => (
          <Row
            key={`${finding.memoryId} ${finding.version}`}
            finding={finding}
            isFirst={findings[index - 1]?.memoryId !== finding.memoryId}
          />
        ))}
      </Table.Tbody>
    </Table>
  );
}

/** The first row of a memory has the button that purges all its versions. */
function Row({ finding, isFirst }: { finding: SecretFinding; isFirst: boolean }) {
  const queries = useQueryClient();
  const purging = useMutation({
    mutationFn: () => secrets.purge(finding.memoryId),
    onSuccess: ({ versions }) => showSuccess(`Purged ${plural(versions.length, "version")}.`),
    onError: showError,
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} to={to.memory(finding.memoryId)} c="inherit">
          <bdi>{finding.title}</bdi>
        </Anchor>
        <Text size="sm" c="dimmed" hiddenFrom="sm">
          {finding.kinds.join(", ")}
        </Text>
      </Table.Td>
      <Table.Td>
        {finding.version}
        {finding.current && " (current)"}
      </Table.Td>
      <Table.Td visibleFrom="sm">{finding.kinds.join(", ")}</Table.Td>
      <Table.Td>
        {isFirst && (
          <Button
            variant="default"
            size="compact-sm"
            loading={purging.isPending}
            onClick={() => confirmPurge(finding, () => purging.mutate())}
            aria-label={`Purge: ${finding.title}`}
          >
            Purge
          </Button>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

function confirmPurge({ title }: SecretFinding, onConfirm: () => void) {
  modals.openConfirmModal({
    title: "Purge the secrets of this memory?",
    children: (
      <Text size="sm">
        Every version of “{title}” that holds a secret is permanently emptied. The current text
        stays, with the secrets masked. It cannot be undone.
      </Text>
    ),
    labels: { confirm: "Purge", cancel: "Cancel" },
    confirmProps: { color: "red" },
    onConfirm,
  });
}
