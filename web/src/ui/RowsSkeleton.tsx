import { Skeleton, Stack } from "@mantine/core";
import { Panel } from "./Panel";

/** Stands for a list that is being read, at about its later size. */
export function RowsSkeleton({ rows }: { rows: number }) {
  return (
    <Panel aria-busy="true" aria-label="Loading">
      <Stack gap="lg">
        {Array.from({ length: rows }, (_, row) => (
          <Stack gap={8} key={row}>
            <Skeleton height={14} width={`${45 + ((row * 17) % 30)}%`} />
            <Skeleton height={10} width={`${70 + ((row * 11) % 25)}%`} />
          </Stack>
        ))}
      </Stack>
    </Panel>
  );
}
