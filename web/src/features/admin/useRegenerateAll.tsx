import { Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { stats } from "@/api/stats";
import { plural } from "@/lib/text";
import { duration } from "@/lib/time";
import { showError, showSuccess } from "@/ui/toast";
import { isRunning, lastRate } from "./bulk";
import { admin, launch } from "./queries";

/** Asks first: how many memories, and for about how long. */
export function useRegenerateAll() {
  const queries = useQueryClient();
  const { data: store } = useQuery(stats.store());
  const { data: recent } = useQuery(admin.jobs({ queue: "embedding-regeneration", limit: 20 }));
  const start = useMutation({
    mutationFn: launch.embeddings,
    onSuccess: () => showSuccess("Embeddings are being regenerated"),
    onError: showError,
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const memories = store?.memories ?? 0;
  const rate = lastRate(recent?.jobs ?? []);
  const ask = () =>
    modals.openConfirmModal({
      title: "Regenerate all embeddings?",
      children: <Question memories={memories} rate={rate} />,
      labels: { confirm: "Regenerate", cancel: "Leave them" },
      onConfirm: () => start.mutate(),
    });
  const isReady = Boolean(store && recent);
  return {
    ask,
    memories,
    isReady,
    isPending: start.isPending,
    reason: reasonOf(memories, recent?.jobs),
  };
}

function reasonOf(memories: number, recent: Parameters<typeof isRunning>[0] | undefined) {
  if (recent && isRunning(recent)) return "Already running: see below.";
  if (memories === 0) return "There are no memories yet.";
  return undefined;
}

function Question({ memories, rate }: { memories: number; rate: number | undefined }) {
  return (
    <Text size="sm">
      {plural(memories, "memory", "memories")} will be re-embedded, which takes{" "}
      {rate === undefined
        ? "some seconds per hundred, depending on the model and the machine"
        : `about ${duration((memories / rate) * 1_000)}, as the last time went`}
      . Search keeps working, on the old vectors until all new ones are ready.
    </Text>
  );
}
