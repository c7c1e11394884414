import { Button } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconLock, IconTrash } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useMay } from "@/api/session";
import { emptyTrash, trash } from "@/api/trash";
import { plural } from "@/lib/text";
import { useScope, useTo } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { showError, showSuccess } from "@/ui/toast";
import { TrashRow } from "./TrashRow";
import classes from "./TrashRow.module.css";

/** What was deleted: it can be brought back for a while. */
export function TrashPage() {
  return (
    <>
      <title>Trash · Memorizer</title>
      {useMay("write") ? <Trash /> : <NotForReaders />}
    </>
  );
}

function Trash() {
  const pages = useTrash();
  const [first] = pages.data?.pages ?? [];
  const total = first?.total ?? 0;
  return (
    <>
      <PageHeader title="Trash" actions={total > 0 && <EmptyButton total={total} />}>
        Deleted memories that can be restored{first ? forHowLong(first.days) : ""}.
      </PageHeader>
      {pages.isPending && <RowsSkeleton rows={4} />}
      {pages.isError && !pages.data && (
        <Failure error={pages.error} retry={() => void pages.refetch()} />
      )}
      {first && total === 0 && <NothingHere />}
      {total > 0 && <List pages={pages} />}
    </>
  );
}

function forHowLong(days: number): string {
  return days === 0 ? " until the next clean-up" : ` for ${plural(days, "day")}`;
}

function List({ pages }: { pages: ReturnType<typeof useTrash> }) {
  const mayPurge = useMay("admin");
  const memories = pages.data?.pages.flatMap((page) => page.memories) ?? [];
  return (
    <>
      <Panel flush aria-label="Deleted memories">
        <ul className={classes.list}>
          {memories.map((memory) => (
            <TrashRow key={memory.id} memory={memory} mayPurge={mayPurge} />
          ))}
        </ul>
      </Panel>
      {pages.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </>
  );
}

function useTrash() {
  return useInfiniteQuery(trash.pages(useScope()));
}

function EmptyButton({ total }: { total: number }) {
  const scope = useScope();
  const onConfirm = () =>
    void emptyTrash(scope).then(
      ({ count }) => showSuccess(`Deleted ${plural(count, "memory", "memories")} permanently.`),
      showError,
    );
  const ask = () =>
    modals.openConfirmModal({
      title: "Empty the trash?",
      children: `${plural(total, "memory", "memories")} will be permanently deleted, with all versions and events.`,
      labels: { confirm: "Delete permanently", cancel: "Keep" },
      confirmProps: { color: "red" },
      onConfirm,
    });
  if (!useMay("admin")) return null;
  return (
    <Button variant="default" c="red" leftSection={<IconTrash size={16} />} onClick={ask}>
      Empty the trash
    </Button>
  );
}

function NothingHere() {
  const to = useTo();
  return (
    <Panel>
      <Empty
        icon={IconTrash}
        title="The trash is empty"
        action={
          <Button component={Link} to={to.memories()} variant="default">
            Back to memories
          </Button>
        }
      >
        What you or your agents delete stays here until it is permanently deleted.
      </Empty>
    </Panel>
  );
}

function NotForReaders() {
  return (
    <>
      <PageHeader title="Trash" />
      <Empty icon={IconLock} title="This needs a token with the scope write">
        Deleted memories are visible only to tokens that may delete.
      </Empty>
    </>
  );
}
