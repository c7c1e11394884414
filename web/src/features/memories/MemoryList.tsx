import { useQuery } from "@tanstack/react-query";
import { memories, type MemoryFilter } from "@/api/memories";
import type { Memory } from "@/api/schema";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import classes from "./MemoryList.module.css";
import { MemoryRow } from "./MemoryRow";
import { NoMemories } from "./NoMemories";
import { Pager } from "./Pager";
import { SelectionBar } from "./SelectionBar";
import { useSelection } from "./useSelection";

interface Props {
  filter: MemoryFilter;
  isFiltered: boolean;
  onReset: () => void;
}

/** One page of memories, with what can be done to several at once. */
export function MemoryList({ filter, isFiltered, onReset }: Props) {
  const page = useQuery(memories.page(filter));
  const shown = page.data?.memories ?? [];
  const selection = useSelection(shown);

  if (page.isPending) return <RowsSkeleton rows={7} />;
  if (page.isError && !page.data) {
    return <Failure error={page.error} retry={() => void page.refetch()} />;
  }
  const { nextCursor } = page.data;
  if (shown.length === 0 && !nextCursor && !filter.cursor) {
    return <NoMemories isFiltered={isFiltered} onReset={onReset} />;
  }
  return (
    <>
      <Panel flush aria-label="Memories" data-stale={page.isPlaceholderData || undefined}>
        <ul className={classes.list}>
          {shown.map((memory: Memory) => (
            <MemoryRow
              key={memory.id}
              memory={memory}
              selected={selection.has(memory.id)}
              onSelect={(selected) => selection.set(memory.id, selected)}
            />
          ))}
        </ul>
      </Panel>
      <Pager next={nextCursor} />
      <SelectionBar selection={selection} />
    </>
  );
}
