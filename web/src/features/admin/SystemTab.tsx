import { Badge, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { stats } from "@/api/stats";
import { to } from "@/lib/paths";
import { bytes, count } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { BackupsPanel } from "./BackupsPanel";
import { type KeyValue, KeyValueList } from "./KeyValueList";
import { HealthPanel } from "./HealthPanel";
import table from "./JobsTable.module.css";
import { admin } from "./queries";
import { queueTitle } from "./states";

const ENGINES: Record<string, string> = {
  database: "In the database",
  redis: "Redis (BullMQ)",
  sqlite: "SQLite",
  postgresql: "PostgreSQL",
};

/** What works here, and with what. */
export function SystemTab() {
  return (
    <Stack gap="lg">
      <Models />
      <BackupsPanel />
      <WorkersPanel />
      <HealthPanel />
      <SystemPanel />
    </Stack>
  );
}

function Models() {
  const { data: store } = useQuery(stats.store());
  const { data: system } = useQuery(admin.system());
  const model = store?.model;
  const facts: KeyValue[] = [
    ["Embedding model in use", model ? model.name : "none yet"],
    ["Configured", store?.embedding.configuredModel],
    ["Dimensions", model ? count(model.dimensions) : "–"],
    ["Embedded", store && `${count(store.embeddings.ready ?? 0)} of ${count(store.memories)}`],
    ["Titles are written by", system?.titleWriter],
    ["Title model", system?.titleModel],
    ["Reranking model", system?.rerankModel ?? "none"],
  ];
  return <KeyValuePanel title="Models" facts={facts} isReady={Boolean(store && system)} />;
}

function SystemPanel() {
  const { data: store } = useQuery(stats.store());
  const { data: system } = useQuery(admin.system());
  const facts: KeyValue[] = system
    ? [
        ["Version", system.version],
        ["Started", <Time key="started" at={system.startedAt} />],
        ["Database", ENGINES[system.databaseEngine] ?? system.databaseEngine],
        ["Size", store ? bytes(store.databaseBytes) : "…"],
        ["Job queue", ENGINES[system.queueEngine] ?? system.queueEngine],
        ["Runs its own worker", system.worker ? "yes" : "no, workers do"],
      ]
    : [];
  return <KeyValuePanel title="System" facts={facts} isReady={Boolean(system)} />;
}

function KeyValuePanel({
  title,
  facts,
  isReady,
}: {
  title: string;
  facts: KeyValue[];
  isReady: boolean;
}) {
  return (
    <Panel aria-label={title}>
      <Title order={2} size="h3" mb="md">
        {title}
      </Title>
      {isReady ? <KeyValueList items={facts} /> : <Skeleton height={48} />}
    </Panel>
  );
}

function WorkersPanel() {
  const { data } = useQuery(admin.workers());
  return (
    <Panel flush aria-label="Workers">
      <Title order={2} size="h3" px="1.25rem" pt="1rem" pb={4}>
        Workers
      </Title>
      {data?.count === 0 && (
        <Text c="dimmed" p="md">
          No worker is alive: jobs wait. Start one with <code>memorizer worker</code>, or Memorizer
          itself without <code>MEMORIZER_WORKER=false</code>.
        </Text>
      )}
      {data && data.count > 0 && (
        <Table className={table.table} verticalSpacing="sm" horizontalSpacing="1.25rem">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Machine</Table.Th>
              <Table.Th visibleFrom="sm">Queues</Table.Th>
              <Table.Th w={120}>Jobs now</Table.Th>
              <Table.Th w={130} visibleFrom="xs">
                Started
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.workers.map((worker) => (
              <Table.Tr key={worker.id}>
                <Table.Td>
                  {worker.host}{" "}
                  <Text span size="sm" c="dimmed">
                    process {worker.pid}
                  </Text>
                </Table.Td>
                <Table.Td visibleFrom="sm">{queuesOf(worker.queues)}</Table.Td>
                <Table.Td>
                  {worker.currentJobs.length === 0 ? (
                    <Text span size="sm" c="dimmed">
                      idle
                    </Text>
                  ) : (
                    <Badge
                      component={Link}
                      to={to.jobs({ state: "active" })}
                      variant="light"
                      tt="none"
                    >
                      {count(worker.currentJobs.length)} running
                    </Badge>
                  )}
                </Table.Td>
                <Table.Td visibleFrom="xs">
                  <Time at={worker.startedAt} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
      {!data && <Skeleton height={40} m="md" />}
    </Panel>
  );
}

/** The parts of a bulk job have a queue of their own that nobody else sees. */
function queuesOf(names: string[]): string {
  return [...new Set(names.map(queueTitle))].filter((name) => !name.includes("-")).join(", ");
}
