import { PageHeader } from "@/ui/PageHeader";
import { FilterBar } from "./FilterBar";
import { asQuery, countFilters, NO_FILTERS, useFilters } from "./filters";
import { MemoryList } from "./MemoryList";
import { usePages } from "./usePages";

export function MemoriesPage() {
  const [filters, change] = useFilters();
  const { cursor } = usePages();
  return (
    <>
      <title>Memories · Memorizer</title>
      <PageHeader title="Memories">Everything that is kept, newest first.</PageHeader>
      <FilterBar filters={filters} onChange={change} />
      <MemoryList
        filter={asQuery(filters, cursor)}
        isFiltered={countFilters(filters) > 0}
        onReset={() => change(NO_FILTERS)}
      />
    </>
  );
}
