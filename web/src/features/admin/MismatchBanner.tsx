import { Button, Text } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { stats } from "@/api/stats";
import { Notice } from "./Notice";
import { useRegenerateAll } from "./useRegenerateAll";

/** While memories are embedded with another model than the configured one: what mends it. */
export function MismatchBanner() {
  const { data } = useQuery(stats.store());
  const regenerate = useRegenerateAll();
  if (!data?.embedding.mismatch) return null;
  return (
    <Notice icon={IconArrowsExchange} title="The embedding model was changed">
      <Text size="sm">{data.embedding.mismatch}</Text>
      <Button
        size="compact-sm"
        mt={4}
        onClick={regenerate.ask}
        loading={regenerate.isPending}
        disabled={regenerate.reason !== undefined}
      >
        Regenerate all embeddings
      </Button>
      {regenerate.reason && <Text size="xs">{regenerate.reason}</Text>}
    </Notice>
  );
}
