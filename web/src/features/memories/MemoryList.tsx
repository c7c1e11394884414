import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { memories, type MemoryFilter } from "@/api/memories";
import type { Memory } from "@/api/schema";
import { useMay } from "@/api/session";
import { to } from "@/lib/paths";
import { useRememberedList } from "@/shared/lastList";
import { togglePinned } from "@/shared/memoryActions";
import { useRowKeys } from "@/shared/useRowKeys";
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
  const [isTagging, setIsTagging] = useState(false);
  const mayWrite = useMay("write");
  const navigate = useNavigate();
  const ifMine = (act: (memory: Memory) => void) => (id: string) => {
    const memory = shown.find((each) => each.id === id);
    if (memory && mayWrite) act(memory);
  };
  useRememberedList("Memories", shown);
  useRowKeys({
    x: (id) => selection.set(id, !selection.has(id)),
    e: ifMine(({ id }) => void navigate(to.edit(id))),
    p: ifMine(togglePinned),
    "#": ifMine(({ id }) => {
      if (selection.chosen.length === 0) selection.set(id, true);
      setIsTagging(true);
    }),
  });

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
      <SelectionBar selection={selection} isTagging={isTagging} onTagging={setIsTagging} />
    </>
  );
}
