import { Button } from "@mantine/core";
import {
  type Icon,
  IconChecks,
  IconCopyCheck,
  IconFiles,
  IconTransfer,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "react-router";
import { useMay } from "@/api/session";
import { UNFILED, type WorkspaceScope } from "@/lib/scope";
import { useScope, useTo } from "@/lib/useScope";
import { Facets } from "@/shared/Facets";
import { PageHeader } from "@/ui/PageHeader";
import { FilterBar } from "./FilterBar";
import { asConditions, asQuery, countFilters, NO_FILTERS, useFilters } from "./filters";
import { MemoryList } from "./MemoryList";
import { SamplesNotice } from "./SamplesNotice";
import { usePages } from "./usePages";

export function MemoriesPage() {
  const [filters, change] = useFilters();
  const { cursor } = usePages();
  const scope = useScope();
  const query = asQuery(filters, cursor, scope);
  return (
    <>
      <title>Memories · Memorizer</title>
      <PageHeader title="Memories" actions={<Further />}>
        {whatIsShown(scope)}, newest first.
      </PageHeader>
      <Facets choices={filters} conditions={asConditions(filters, scope)} onChange={change} />
      <FilterBar filters={filters} onChange={change} />
      <SamplesNotice filter={query} />
      <MemoryList
        filter={query}
        isFiltered={countFilters(filters) > 0}
        onReset={() => change(NO_FILTERS)}
      />
    </>
  );
}

/** The memories that the scope has, in words. */
function whatIsShown({ workspace, includeUnfiled }: WorkspaceScope): string {
  if (!workspace) return "All memories";
  if (workspace === UNFILED) return "Memories in no workspace";
  return `Memories in ${workspace} and below${includeUnfiled ? ", and unfiled ones" : ""}`;
}

/** Ways to what is not in the navigation, because few look for it every day. */
function Further() {
  const to = useTo();
  const seesTrash = useMay("write");
  return (
    <>
      <Way to={to.documents()} icon={IconFiles} label="Documents" />
      <Way to={to.review()} icon={IconChecks} label="Review" />
      <Way to={to.duplicates()} icon={IconCopyCheck} label="Duplicates" />
      <Way to={to.transfer()} icon={IconTransfer} label="Import and export" />
      {seesTrash && <Way to={to.trash()} icon={IconTrash} label="Trash" />}
    </>
  );
}

function Way({ to: path, icon: Picture, label }: { to: string; icon: Icon; label: string }) {
  return (
    <Button
      component={Link}
      to={path}
      variant="subtle"
      color="gray"
      leftSection={<Picture size={16} stroke={1.6} />}
    >
      {label}
    </Button>
  );
}
