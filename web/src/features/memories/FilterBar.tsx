import { Button, Collapse, Group, Pill } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { FilterFields } from "./FilterFields";
import { countFilters, type Filters, NO_FILTERS } from "./filters";

interface Props {
  filters: Filters;
  onChange: (change: Partial<Filters>) => void;
}

/** The conditions that hold, each to be taken away; the fields to add more unfold below. */
export function FilterBar({ filters, onChange }: Props) {
  const amount = countFilters(filters);
  const [isOpen, { toggle }] = useDisclosure(false);
  return (
    <>
      <Group gap="xs" mb="sm">
        <Button
          size="compact-md"
          variant={isOpen ? "light" : "default"}
          leftSection={<IconAdjustmentsHorizontal size={17} stroke={1.6} />}
          aria-expanded={isOpen}
          onClick={toggle}
        >
          Filter
        </Button>
        {conditions(filters).map(({ label, without }) => (
          <Pill
            key={label}
            size="md"
            withRemoveButton
            removeButtonProps={{
              "aria-label": `Remove ${label}`,
              "aria-hidden": false,
              tabIndex: 0,
            }}
            onRemove={() => onChange(without)}
          >
            {label}
          </Pill>
        ))}
        {amount > 1 && (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            onClick={() => onChange(NO_FILTERS)}
          >
            Clear all
          </Button>
        )}
      </Group>
      <Collapse expanded={isOpen}>
        <FilterFields filters={filters} onChange={onChange} />
      </Collapse>
    </>
  );
}

const EMBEDDING = {
  ready: "embedded",
  pending: "to be embedded",
  failed: "could not be embedded",
};
const VALIDITY = {
  current: "holds now",
  superseded: "replaced",
  expired: "expired",
  review: "needs review",
};
const ARCHIVED = { true: "archived only", all: "archived too" };

function conditions(filters: Filters): { label: string; without: Partial<Filters> }[] {
  const { types, tags, sources, archived, embedding, validity, from, until } = filters;
  const found = [
    ...types.map((type) => ({
      label: type,
      without: { types: types.filter((each) => each !== type) },
    })),
    ...tags.map((tag) => ({
      label: `#${tag}`,
      without: { tags: tags.filter((each) => each !== tag) },
    })),
    ...sources.map((source) => ({
      label: `from ${source}`,
      without: { sources: sources.filter((each) => each !== source) },
    })),
  ] as { label: string; without: Partial<Filters> }[];
  if (archived !== "false")
    found.push({ label: ARCHIVED[archived], without: { archived: "false" } });
  if (embedding) found.push({ label: EMBEDDING[embedding], without: { embedding: "" } });
  if (validity) found.push({ label: VALIDITY[validity], without: { validity: "" } });
  if (from) found.push({ label: `since ${from}`, without: { from: "" } });
  if (until) found.push({ label: `until ${until}`, without: { until: "" } });
  return found;
}
