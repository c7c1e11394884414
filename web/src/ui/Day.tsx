import { TextInput } from "@mantine/core";

interface Props {
  label: string;
  description?: string;
  value: string;
  onChange: (day: string) => void;
}

/** A day, as `2026-11-30`, or none. */
export function Day({ label, description, value, onChange }: Props) {
  return (
    <TextInput
      type="date"
      label={label}
      description={description}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
