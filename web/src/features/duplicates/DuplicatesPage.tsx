import { Button, Group, Text } from "@mantine/core";
import { IconCopyCheck } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { duplicates } from "@/api/duplicates";
import { keepScope, type WorkspaceScope } from "@/lib/scope";
import { plural } from "@/lib/text";
import { useScope } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { Threshold } from "@/ui/Threshold";
import { type Found, foundNothingYet, gather, LEAST, readThreshold } from "./pairs";
import { PairRow } from "./PairRow";
import classes from "./PairRow.module.css";
import { type Deleting, useDeleting } from "./useDeleting";

/** Memories that say nearly the same. Nothing is merged: a person looks, and decides. */
export function DuplicatesPage() {
  const [address, setAddress] = useSearchParams();
  const threshold = readThreshold(address.get("threshold"));
  const scope = useScope();
  const change = (chosen: number) =>
    setAddress(keepScope(new URLSearchParams({ threshold: String(chosen) }), address), {
      replace: true,
    });
  return (
    <>
      <title>Duplicates · Memorizer</title>
      <PageHeader title="Duplicates">
        Pairs of memories with nearly the same text. Nothing is merged automatically.
      </PageHeader>
      <Threshold
        label={(shown) => `Similarity of ${shown.toFixed(2)} or more`}
        name="Least similarity"
        maw="22rem"
        mb="lg"
        min={LEAST}
        max={1}
        value={threshold}
        onChange={change}
      />
      <Search key={JSON.stringify([threshold, scope])} threshold={threshold} scope={scope} />
    </>
  );
}

function Search({ threshold, scope }: { threshold: number; scope: WorkspaceScope }) {
  const query = useInfiniteQuery(duplicates.pages(threshold, scope));
  const deleting = useDeleting();
  const { fetchNextPage, isFetching, isError } = query;
  const pages = query.data?.pages ?? [];
  const looksOn = foundNothingYet(pages) && !isError;
  useEffect(() => {
    if (looksOn && !isFetching) void fetchNextPage();
  }, [looksOn, isFetching, fetchNextPage]);

  if (isError) return <Failure error={query.error} retry={() => void fetchNextPage()} />;
  if (query.isPending) return <RowsSkeleton rows={4} />;
  const found = gather(pages, deleting.gone);
  return (
    <>
      <Pairs found={found} deleting={deleting} isWhole={!query.hasNextPage} />
      <Group mt="md" gap="md">
        {query.hasNextPage && (
          <Button variant="default" loading={isFetching} onClick={() => void fetchNextPage()}>
            Search on
          </Button>
        )}
        <Text size="sm" c="dimmed" role="status">
          {plural(found.examined, "memory", "memories")} compared with all older ones.
        </Text>
      </Group>
    </>
  );
}

interface PairsProps {
  found: Found;
  deleting: Deleting;
  isWhole: boolean;
}

function Pairs({ found: { pairs }, deleting, isWhole }: PairsProps) {
  if (pairs.length > 0) {
    return (
      <Panel flush aria-label="Pairs">
        <ol className={classes.list}>
          {pairs.map((pair) => (
            <PairRow key={pair.memory.id + pair.older.id} pair={pair} onDelete={deleting.remove} />
          ))}
        </ol>
      </Panel>
    );
  }
  if (!isWhole) return null;
  return (
    <Panel>
      <Empty icon={IconCopyCheck} title="No similar pairs">
        Lower the slider to see pairs that are further apart.
      </Empty>
    </Panel>
  );
}
