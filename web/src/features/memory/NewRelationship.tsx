import { Autocomplete, Button, Select } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { relate } from "@/api/memories";
import { search } from "@/api/search";
import { nameOf } from "@/lib/text";
import { showError } from "@/ui/toast";
import classes from "./RelationshipsTab.module.css";

const USUAL_TYPES = [
  "related-to",
  "explains",
  "example-of",
  "supersedes",
  "part-of",
  "follows",
  "causes",
  "contradicts",
  "similar-to",
];

/** States how this memory relates to another one, which is found by searching. */
export function NewRelationship({ fromId }: { fromId: string }) {
  const [type, setType] = useState("related-to");
  const [target, setTarget] = useState<string | null>(null);
  const submit = async () => {
    if (target === null) return;
    await relate(fromId, target, type.trim());
    setTarget(null);
  };
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        submit().catch(showError);
      }}
    >
      <Autocomplete
        label="This memory"
        placeholder="explains"
        maxLength={100}
        data={USUAL_TYPES}
        value={type}
        onChange={setType}
      />
      <TargetSelect value={target} onChange={setTarget} without={fromId} />
      <Button type="submit" variant="light" disabled={target === null || !type.trim()}>
        Add
      </Button>
    </form>
  );
}

interface TargetProps {
  value: string | null;
  onChange: (id: string | null) => void;
  without: string;
}

function TargetSelect({ value, onChange, without }: TargetProps) {
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed, 200);
  const { data, isFetching } = useQuery(search({ ...PLAIN, query }));
  const found = (data?.results ?? []).filter(({ memory }) => memory.id !== without);
  return (
    <Select
      label="this other one"
      placeholder="Search for a memory"
      searchable
      clearable
      data={found.map(({ memory }) => ({ value: memory.id, label: nameOf(memory) }))}
      filter={({ options }) => options}
      searchValue={typed}
      onSearchChange={setTyped}
      value={value}
      onChange={onChange}
      nothingFoundMessage={
        typed.trim() === "" ? "Type some words" : isFetching ? "…" : "Nothing found"
      }
    />
  );
}

const PLAIN = {
  limit: 8,
  types: [],
  tags: [],
  metadata: {},
  includeUnfiled: false,
  archived: false,
  includeContent: true,
  includeSuperseded: false,
  readTime: true,
  sort: "relevance",
  explain: false,
} as const satisfies Omit<Parameters<typeof search>[0], "query">;
