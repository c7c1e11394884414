import { Button, Stack, Text, Title } from "@mantine/core";
import { IconEyeSearch } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { recalls } from "@/api/recalls";
import { useScope } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { ShowMore } from "@/ui/ShowMore";
import { RecallRow } from "./RecallRow";
import classes from "./Recalls.module.css";

/** What agents and people were shown. What was looked for in vain comes first. */
export function RecallsPage() {
  return (
    <>
      <title>Recalls · Memorizer</title>
      <PageHeader title="Recalls">
        What agents and people looked for, and what they were shown.
      </PageHeader>
      <Stack gap="md">
        <Listed title="Nothing was found" none="Whatever was looked for was found." isEmpty />
        <Listed title="Something was shown" none="Nobody was shown a memory yet." />
      </Stack>
    </>
  );
}

interface Props {
  title: string;
  none: string;
  isEmpty?: boolean;
}

function Listed({ title, none, isEmpty = false }: Props) {
  const query = useInfiniteQuery(recalls.pages(isEmpty, useScope()));
  const found = query.data?.pages.flatMap((page) => page.recalls) ?? [];
  return (
    <Panel flush aria-label={title}>
      <div className={classes.head}>
        <Title order={2} size="h3">
          {title}
        </Title>
        <Button
          variant="subtle"
          size="compact-sm"
          loading={query.isRefetching}
          onClick={() => void query.refetch()}
        >
          Refresh
        </Button>
      </div>
      {query.isError ? (
        <Failure error={query.error} retry={() => void query.refetch()} />
      ) : query.isPending ? (
        <RowsSkeleton rows={3} />
      ) : found.length === 0 ? (
        isEmpty ? (
          <Text c="dimmed" className={classes.none}>
            {none}
          </Text>
        ) : (
          <Empty icon={IconEyeSearch} title={none}>
            Searches and contexts of agents appear here a few seconds later.
          </Empty>
        )
      ) : (
        <ol className={classes.list}>
          {found.map((recall) => (
            <RecallRow key={recall.id} recall={recall} />
          ))}
        </ol>
      )}
      <ShowMore {...query} />
    </Panel>
  );
}
