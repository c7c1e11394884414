import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { IconChartDots } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import type { StoreStats } from "@/api/schema";
import { stats } from "@/api/stats";
import { bytes, count } from "@/lib/text";
import { useScope, useTo } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { Kind } from "@/ui/Kind";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { BarList } from "./BarList";
import { EmbeddingPanel } from "./EmbeddingPanel";
import { GrowthPanel } from "./GrowthPanel";
import { NeverRecalledPanel } from "./NeverRecalledPanel";
import classes from "./StatsPage.module.css";

export function StatsPage() {
  const { data, error, refetch } = useQuery(stats.store(useScope()));
  return (
    <>
      <PageHeader title="Stats">What is in the store, and how it grew.</PageHeader>
      {data ? (
        <Shown store={data} />
      ) : error ? (
        <Failure error={error} retry={() => void refetch()} />
      ) : (
        <Waiting />
      )}
    </>
  );
}

function Shown({ store }: { store: StoreStats }) {
  const to = useTo();
  if (store.memories === 0) return <Nothing />;
  return (
    <Stack gap="md">
      <Tiles store={store} />
      <GrowthPanel />
      <div className={classes.columns}>
        <Listed title="Types">
          <BarList
            items={store.types}
            link={(type) => to.memories({ type })}
            draw={(type) => <Kind type={type} />}
            none="No memory is live: all are archived."
          />
        </Listed>
        <Listed title="Tags">
          <BarList
            items={store.tags}
            link={(tag) => to.memories({ tag })}
            none="No memory bears a tag yet."
          />
        </Listed>
      </div>
      <EmbeddingPanel store={store} />
      <NeverRecalledPanel />
    </Stack>
  );
}

function Tiles({ store }: { store: StoreStats }) {
  const archived = store.archived > 0 ? `${count(store.archived)} archived` : "none archived";
  return (
    <div className={classes.tiles}>
      <Tile name="Memories" value={count(store.memories)} note={archived} />
      <Tile name="Versions" value={count(store.versions)} note="all are kept" />
      <Tile name="Relationships" value={count(store.relationships)} note="between memories" />
      <Tile name="Events" value={count(store.events)} note="in the history" />
      <Tile name="Database" value={bytes(store.databaseBytes)} note="on disk" />
    </div>
  );
}

function Tile({ name, value, note }: { name: string; value: string; note: string }) {
  return (
    <Panel aria-label={name}>
      <Text size="sm" c="dimmed">
        {name}
      </Text>
      <div className={classes.number}>{value}</div>
      <Text size="xs" c="dimmed">
        {note}
      </Text>
    </Panel>
  );
}

function Listed({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Panel aria-label={title}>
      <Title order={2} size="h3" mb="sm">
        {title}
      </Title>
      {children}
    </Panel>
  );
}

function Nothing() {
  const to = useTo();
  return (
    <Empty
      icon={IconChartDots}
      title="Nothing to count yet"
      action={
        <Button component={Link} to={to.newMemory()}>
          Write the first memory
        </Button>
      }
    >
      Once there are memories, this page shows their types and tags, and how the store grows.
    </Empty>
  );
}

function Waiting() {
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading">
      <div className={classes.tiles}>
        {["a", "b", "c", "d", "e"].map((key) => (
          <Skeleton key={key} height={120} radius="lg" />
        ))}
      </div>
      <Skeleton height={346} radius="lg" />
      <Skeleton height={220} radius="lg" />
    </Stack>
  );
}
