import { CloseButton, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { useSearchParams } from "react-router";
import { withValue } from "./jobFilter";
import { ALL_STATES, QUEUES, STATES } from "./states";

const queues = QUEUES.map(({ name, title }) => ({ value: name, label: title }));
const states = ALL_STATES.map((state) => ({ value: state, label: STATES[state].label }));

export function JobsFilter() {
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string | null) => setParams(withValue(params, name, value));
  return (
    <Group gap="sm" mb="md" align="flex-end">
      <Words key={params.get("q") ? "given" : "none"} />
      <Select
        aria-label="Queue"
        placeholder="Both queues"
        data={queues}
        value={params.get("queue")}
        onChange={(value) => set("queue", value)}
        clearable
        w={{ base: "calc(50% - 6px)", xs: 150 }}
      />
      <Select
        aria-label="State"
        placeholder="Every state"
        data={states}
        value={params.get("state")}
        onChange={(value) => set("state", value)}
        clearable
        w={{ base: "calc(50% - 6px)", xs: 150 }}
      />
    </Group>
  );
}

/** Its text is its own while somebody types, and the address follows. */
function Words() {
  const [params, setParams] = useSearchParams();
  const [words, setWords] = useState(params.get("q") ?? "");
  const search = useDebouncedCallback((value: string) => {
    setParams((now) => withValue(now, "q", value.trim() || null), { replace: true });
  }, 250);
  const change = (value: string) => {
    setWords(value);
    search(value);
  };
  return (
    <TextInput
      aria-label="Search jobs"
      placeholder="Id, memory, text, error…"
      leftSection={<IconSearch size={16} />}
      rightSection={
        words && <CloseButton size="sm" onClick={() => change("")} aria-label="Clear the search" />
      }
      value={words}
      onChange={(event) => change(event.currentTarget.value)}
      maxLength={200}
      flex="1 1 14rem"
    />
  );
}
