import { Input, SegmentedControl, Select, SimpleGrid } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { memories } from "@/api/memories";
import type { Archived } from "@/api/schema";
import { useScope } from "@/lib/useScope";
import { Day } from "@/ui/Day";
import { Panel } from "@/ui/Panel";
import { WordsSelect } from "@/ui/WordsSelect";
import type { Filters } from "./filters";

interface Props {
  filters: Filters;
  onChange: (change: Partial<Filters>) => void;
}

export function FilterFields({ filters, onChange }: Props) {
  const scope = useScope();
  const types = useQuery(memories.types(scope));
  const tags = useQuery(memories.tags(scope));
  return (
    <Panel mb="md">
      <SimpleGrid cols={{ base: 1, sm: 2 }} verticalSpacing="sm">
        <WordsSelect
          label="Types"
          placeholder="Any of these"
          words={types.data?.types}
          value={filters.types}
          onChange={(chosen) => onChange({ types: chosen })}
        />
        <WordsSelect
          label="Tags"
          placeholder="All of these"
          words={tags.data?.tags}
          value={filters.tags}
          onChange={(chosen) => onChange({ tags: chosen })}
        />
        <SimpleGrid cols={2}>
          <Day label="Since" value={filters.from} onChange={(from) => onChange({ from })} />
          <Day label="Until" value={filters.until} onChange={(until) => onChange({ until })} />
        </SimpleGrid>
        <Input.Wrapper label="Archived">
          <SegmentedControl
            fullWidth
            aria-label="Archived"
            value={filters.archived}
            onChange={(archived) => onChange({ archived: archived as Archived })}
            data={[
              { value: "false", label: "Exclude" },
              { value: "all", label: "Include" },
              { value: "true", label: "Only archived" },
            ]}
          />
        </Input.Wrapper>
        <Select
          label="Validity"
          allowDeselect={false}
          value={filters.validity}
          onChange={(validity) => onChange({ validity: (validity ?? "") as Filters["validity"] })}
          data={[
            { value: "", label: "Any" },
            { value: "current", label: "Holds now" },
            { value: "superseded", label: "Replaced" },
            { value: "expired", label: "Expired" },
            { value: "review", label: "Needs review" },
          ]}
        />
      </SimpleGrid>
    </Panel>
  );
}
