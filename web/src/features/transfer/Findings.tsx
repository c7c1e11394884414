import { List, Text } from "@mantine/core";
import type { Finding } from "@/api/transfer";

interface Props {
  title: string;
  total: number;
  findings: Finding[];
  isBad?: boolean;
}

/** What an import says of its records, by reasons, each with some of the places. */
export function Findings({ title, total, findings, isBad = false }: Props) {
  if (total === 0) return null;
  return (
    <>
      <Text size="sm" fw={600} c={isBad ? "red" : undefined} mt="xs">
        {title}: {total.toLocaleString()}
      </Text>
      <List size="sm">
        {findings.map(({ reason, count, examples }) => (
          <List.Item key={reason} style={{ overflowWrap: "anywhere" }}>
            {count.toLocaleString()} × {reason}
            <Text size="xs" c="dimmed" dir="auto">
              {examples.join(", ")}
              {count > examples.length && ", …"}
            </Text>
          </List.Item>
        ))}
      </List>
    </>
  );
}
