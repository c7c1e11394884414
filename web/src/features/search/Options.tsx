import { Button, Checkbox, Collapse, Select, SimpleGrid } from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { SearchRequest } from "@/api/schema";
import { memories } from "@/api/memories";
import { daysAgo, TIME_PRESETS } from "@/lib/days";
import { useStore } from "@/lib/store";
import { now } from "@/lib/time";
import { useScope } from "@/lib/useScope";
import { Day } from "@/ui/Day";
import { Threshold } from "@/ui/Threshold";
import { WordsSelect } from "@/ui/WordsSelect";
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
  const scope = useScope();
  const types = useQuery(memories.types(scope));
  const tags = useQuery(memories.tags(scope));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 4 }} verticalSpacing="sm" pt={{ base: "sm", sm: 0 }}>
      <WordsSelect
        label="Types"
        placeholder="Any"
        words={types.data?.types}
        value={choices.types}
        onChange={(chosen) => onChange({ types: chosen })}
      />
      <WordsSelect
        label="Tags"
        placeholder="All of these"
        words={tags.data?.tags}
        value={choices.tags}
        onChange={(chosen) => onChange({ tags: chosen })}
      />
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
      <Stored choices={choices} onChange={onChange} />
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

const BETWEEN = "between";

/** When memories were stored: any time, a usual span, or between two days. */
function Stored({ choices, onChange }: Props) {
  const present = useStore(now);
  const { from, until } = choices;
  const span = TIME_PRESETS.find(({ days }) => !until && from === daysAgo(days, present));
  const [isBetween, setBetween] = useState(false);
  const chosen = span ? String(span.days) : from || until || isBetween ? BETWEEN : "";
  const choose = (value: string | null) => {
    setBetween(value === BETWEEN);
    if (value !== BETWEEN)
      onChange({ from: value ? daysAgo(Number(value), present) : "", until: "" });
  };
  return (
    <>
      <Select
        label="Stored"
        allowDeselect={false}
        data={[
          { value: "", label: "Any time" },
          ...TIME_PRESETS.map(({ days, label }) => ({ value: String(days), label })),
          { value: BETWEEN, label: "Between two days" },
        ]}
        value={isBetween ? BETWEEN : chosen}
        onChange={choose}
      />
      {(isBetween || chosen === BETWEEN) && (
        <SimpleGrid cols={2}>
          <Day label="Since" value={from} onChange={(day) => onChange({ from: day })} />
          <Day label="Until" value={until} onChange={(day) => onChange({ until: day })} />
        </SimpleGrid>
      )}
    </>
  );
}

function closeness(shown: number) {
  return `Minimum similarity: ${shown === 0 ? "any" : `${shown.toFixed(2)} or more`}`;
}
