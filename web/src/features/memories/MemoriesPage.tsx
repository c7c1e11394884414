import { Button } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { Link } from "react-router";
import { useMay } from "@/api/session";
import { to } from "@/lib/paths";
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
      <PageHeader title="Memories" actions={<ToTrash />}>
        Everything that is kept, newest first.
      </PageHeader>
      <FilterBar filters={filters} onChange={change} />
      <MemoryList
        filter={asQuery(filters, cursor)}
        isFiltered={countFilters(filters) > 0}
        onReset={() => change(NO_FILTERS)}
      />
    </>
  );
}

function ToTrash() {
  if (!useMay("write")) return null;
  return (
    <Button
      component={Link}
      to={to.trash()}
      variant="subtle"
      color="gray"
      leftSection={<IconTrash size={16} stroke={1.6} />}
    >
      Trash
    </Button>
  );
}
