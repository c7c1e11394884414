import { Alert, Button, Group } from "@mantine/core";
import { IconBulb } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { memories, type MemoryFilter } from "@/api/memories";
import { useMay } from "@/api/session";
import { showError, showSuccess } from "@/ui/toast";
import { isSample, removeSamples } from "./samples";

/** Says of samples in the list that they are some, and removes them all. */
export function SamplesNotice({ filter }: { filter: MemoryFilter }) {
  const page = useQuery(memories.page(filter));
  const mayWrite = useMay("write");
  const remove = useMutation({
    mutationFn: removeSamples,
    onSuccess: () => showSuccess("The sample memories are in the trash"),
    onError: showError,
  });
  if (!page.data?.memories.some(isSample)) return null;
  return (
    <Alert variant="light" icon={<IconBulb size={18} />} mb="md" title="These include samples">
      <Group justify="space-between" gap="sm">
        <span>
          Try the search with “when do we deploy” or “connection refused”; Ctrl-K finds from
          anywhere.
        </span>
        {mayWrite && (
          <Button
            size="compact-sm"
            variant="default"
            loading={remove.isPending}
            onClick={() => remove.mutate()}
          >
            Remove the samples
          </Button>
        )}
      </Group>
    </Alert>
  );
}
