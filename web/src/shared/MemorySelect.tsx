import { MultiSelect } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { search } from "@/api/search";
import { useScope } from "@/lib/useScope";
import { nameOf } from "@/lib/text";

interface Props {
  label: string;
  description?: string;
  value: string[];
  onChange: (ids: string[]) => void;
  /** The id of a memory that cannot be chosen. */
  without?: string;
}

/** Chooses memories, which are found by searching. */
export function MemorySelect({ label, description, value, onChange, without }: Props) {
  const scope = useScope();
  const [typed, setTyped] = useState("");
  const [names, setNames] = useState<Record<string, string>>({});
  const [query] = useDebouncedValue(typed, 200);
  const { data, isFetching } = useQuery(
    search({
      query,
      limit: 8,
      readTime: false,
      workspace: scope.workspace,
      includeUnfiled: scope.includeUnfiled ?? false,
    }),
  );
  const found = (data?.results ?? [])
    .filter(({ memory }) => memory.id !== without && !value.includes(memory.id))
    .map(({ memory }) => ({ value: memory.id, label: nameOf(memory) }));
  const chosen = value.map((id) => ({ value: id, label: names[id] ?? id }));
  return (
    <MultiSelect
      label={label}
      description={description}
      placeholder={value.length > 0 ? undefined : "Search for a memory"}
      searchable
      clearable
      data={[...chosen, ...found]}
      filter={({ options }) =>
        options.filter((each) => !("value" in each && value.includes(each.value)))
      }
      searchValue={typed}
      onSearchChange={setTyped}
      value={value}
      onChange={(ids) => {
        const known = [...chosen, ...found].map((each) => [each.value, each.label]);
        setNames({ ...names, ...Object.fromEntries(known) });
        onChange(ids);
      }}
      nothingFoundMessage={
        typed.trim() === "" ? "Type some words" : isFetching ? "…" : "Nothing found"
      }
    />
  );
}
