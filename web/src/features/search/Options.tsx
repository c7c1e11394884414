import { Button, Checkbox, Collapse, Select, SimpleGrid } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useState } from "react";
import type { SearchRequest } from "@/api/schema";
import { Day } from "@/ui/Day";
import { Threshold } from "@/ui/Threshold";
import { type Choices, LIMITS } from "./choices";
import classes from "./Search.module.css";

interface Props {
  choices: Choices;
  onChange: (change: Partial<Choices>) => void;
}

/** The conditions of a search; folded away where there is little room. */
export function Options(props: Props) {
  const [isOpen, setOpen] = useState(() => matchMedia("(min-width: 48em)").matches);
  return (
    <div className={classes.options}>
      <Button
        hiddenFrom="sm"
        size="compact-md"
        variant="default"
        leftSection={<IconAdjustmentsHorizontal size={17} stroke={1.6} />}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        Options
      </Button>
      <Collapse expanded={isOpen}>
        <Fields {...props} />
      </Collapse>
    </div>
  );
}

function Fields({ choices, onChange }: Props) {
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} verticalSpacing="sm" pt={{ base: "sm", sm: 0 }}>
      <Select
        label="Show"
        allowDeselect={false}
        data={LIMITS.map((limit) => ({ value: String(limit), label: `${limit} memories` }))}
        value={String(choices.limit)}
        onChange={(limit) => onChange({ limit: Number(limit) })}
      />
      <Threshold
        label={closeness}
        name="Minimum similarity"
        max={0.9}
        value={choices.threshold}
        onChange={(threshold) => onChange({ threshold })}
      />
      <SimpleGrid cols={2}>
        <Day label="Since" value={choices.from} onChange={(from) => onChange({ from })} />
        <Day label="Until" value={choices.until} onChange={(until) => onChange({ until })} />
      </SimpleGrid>
      <Select
        label="Order"
        allowDeselect={false}
        data={[
          { value: "relevance", label: "Most relevant first" },
          { value: "newest", label: "Newest first" },
        ]}
        value={choices.sort}
        onChange={(sort) => onChange({ sort: sort as SearchRequest["sort"] })}
      />
      <Checkbox
        label="Also what is replaced or expired"
        mt={{ sm: "xl" }}
        checked={choices.outdated}
        onChange={(event) => onChange({ outdated: event.currentTarget.checked })}
      />
    </SimpleGrid>
  );
}

function closeness(shown: number) {
  return `Minimum similarity: ${shown === 0 ? "any" : `${shown.toFixed(2)} or more`}`;
}
