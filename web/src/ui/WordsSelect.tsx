import { Group, MultiSelect, Text } from "@mantine/core";
import { count } from "@/lib/text";

interface Props {
  label: string;
  placeholder: string;
  words: { name: string; count: number }[] | undefined;
  value: string[];
  onChange: (chosen: string[]) => void;
}

/** Chooses among the words in use; each says how many memories bear it. */
export function WordsSelect({ label, placeholder, words = [], value, onChange }: Props) {
  const counts = new Map(words.map((word) => [word.name, word.count]));
  return (
    <MultiSelect
      label={label}
      placeholder={value.length > 0 ? undefined : placeholder}
      data={[...new Set([...counts.keys(), ...value])]}
      value={value}
      onChange={onChange}
      searchable
      clearable
      hidePickedOptions
      limit={100}
      nothingFoundMessage="No such word is in use"
      renderOption={({ option }) => (
        <Group justify="space-between" flex={1} wrap="nowrap">
          <Text size="sm">{option.value}</Text>
          <Text size="xs" c="dimmed">
            {count(counts.get(option.value) ?? 0)}
          </Text>
        </Group>
      )}
    />
  );
}
