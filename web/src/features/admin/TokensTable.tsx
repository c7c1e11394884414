import { Box, Button, Table, Text, Title } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Grant, Token } from "@/api/schema";
import { useStore } from "@/lib/store";
import { date, now } from "@/lib/time";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { showError, showSuccess } from "@/ui/toast";
import table from "./JobsTable.module.css";
import { tokens as access } from "./tokens";

/** All tokens that work, or will never again, oldest first. */
export function TokensTable({ tokens }: { tokens: Token[] }) {
  return (
    <Panel flush aria-label="Tokens">
      <Title order={2} size="h3" px="1.25rem" pt="1rem" pb={4}>
        Tokens
      </Title>
      {tokens.length === 0 ? (
        <Text c="dimmed" px="1.25rem" pb="1rem">
          No tokens yet.
        </Text>
      ) : (
        <Table className={table.table} verticalSpacing="sm" horizontalSpacing="1.25rem">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Name</Table.Th>
              <Table.Th visibleFrom="xs">Scope</Table.Th>
              <Table.Th visibleFrom="sm">Workspaces</Table.Th>
              <Table.Th visibleFrom="sm">Last used</Table.Th>
              <Table.Th visibleFrom="lg">Made</Table.Th>
              <Table.Th visibleFrom="sm">Expires</Table.Th>
              <Table.Th w={110} />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {tokens.map((token) => (
              <Row key={token.id} token={token} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Panel>
  );
}

function Row({ token }: { token: Token }) {
  const queries = useQueryClient();
  const revoking = useMutation({
    mutationFn: () => access.revoke(token.id),
    onSuccess: () => showSuccess(`“${token.name}” is revoked.`),
    onError: showError,
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Table.Tr>
      <Table.Td>
        {token.name}
        <Text size="sm" c="dimmed" hiddenFrom="xs">
          {token.scope}
        </Text>
        <Box hiddenFrom="sm">{token.workspaces && <Grants grants={token.workspaces} />}</Box>
      </Table.Td>
      <Table.Td visibleFrom="xs">{token.scope}</Table.Td>
      <Table.Td visibleFrom="sm">
        {token.workspaces ? <Grants grants={token.workspaces} /> : "all"}
      </Table.Td>
      <Table.Td visibleFrom="sm">
        {token.lastUsedAt ? <Time at={token.lastUsedAt} /> : "never"}
      </Table.Td>
      <Table.Td visibleFrom="lg">
        <Time at={token.createdAt} />
      </Table.Td>
      <Table.Td visibleFrom="sm">
        <Expiry at={token.expiresAt} />
      </Table.Td>
      <Table.Td>
        <Button
          variant="default"
          size="compact-sm"
          loading={revoking.isPending}
          onClick={() => confirmRevoking(token, () => revoking.mutate())}
          aria-label={`Revoke: ${token.name}`}
        >
          Revoke
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

/** Where a bound token may do what. */
function Grants({ grants }: { grants: Grant[] }) {
  return (
    <>
      {grants.length === 0 && "none: they were deleted"}
      {grants.map(({ workspaceId, workspace, scope }) => (
        <Text key={workspaceId} size="sm">
          <bdi>{workspace}</bdi>: {scope}
        </Text>
      ))}
    </>
  );
}

function Expiry({ at }: { at?: string }) {
  const present = useStore(now);
  if (at === undefined) return "never";
  const isOver = Date.parse(at) <= present;
  return (
    <Text span inherit c={isOver ? "red" : undefined}>
      {isOver && "expired "}
      {date(Date.parse(at))}
    </Text>
  );
}

function confirmRevoking(token: Token, onConfirm: () => void) {
  modals.openConfirmModal({
    title: `Revoke “${token.name}”?`,
    children:
      "Programs and browsers that use it lose access at once. Its past changes stay in the history.",
    labels: { confirm: "Revoke", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm,
  });
}
