import { Title } from "@mantine/core";
import { modals } from "@mantine/modals";
import {
  IconBrush,
  IconHeading,
  IconRotateClockwise,
  IconVectorTriangle,
} from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { stats } from "@/api/stats";
import { plural } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import { showError, showSuccess } from "@/ui/toast";
import { ActionRow } from "./ActionRow";
import classes from "./ActionsPanel.module.css";
import { admin, launch } from "./queries";
import { cleanable, failedOf, titlesReason } from "./reasons";
import { useRegenerateAll } from "./useRegenerateAll";

const DAY_HOURS = 24;

export function ActionsPanel() {
  return (
    <Panel flush aria-labelledby="actions">
      <Title order={2} size="h3" id="actions" className={classes.head}>
        Actions
      </Title>
      <GenerateTitles />
      <RegenerateEmbeddings />
      <RetryFailed />
      <CleanJobs />
    </Panel>
  );
}

/** A mutation that says what it did, and after which the jobs are read again. */
function useLaunch<T>(mutationFn: () => Promise<T>, told: (result: T) => string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn,
    onSuccess: (result) => showSuccess(told(result)),
    onError: showError,
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

function GenerateTitles() {
  const { data: store } = useQuery(stats.store());
  const { data: groups } = useQuery(admin.groups());
  const start = useLaunch(launch.titles, ({ count }) =>
    count === 0 ? "Every memory has a title" : `${plural(count, "title")} will be written`,
  );
  const untitled = store?.untitled ?? 0;
  return (
    <ActionRow
      icon={IconHeading}
      title="Generate Missing Titles"
      description={`${plural(untitled, "memory has", "memories have")} no title.`}
      reason={titlesReason(untitled, groups?.groups ?? [])}
      isReady={Boolean(store && groups)}
      button="Generate"
      isPending={start.isPending}
      onClick={() => start.mutate()}
    />
  );
}

function RegenerateEmbeddings() {
  const { ask, memories, isPending, isReady, reason } = useRegenerateAll();
  return (
    <ActionRow
      icon={IconVectorTriangle}
      title="Regenerate All Embeddings"
      description={`${plural(memories, "memory", "memories")} will be re-embedded; search keeps working.`}
      reason={reason}
      isReady={isReady}
      button="Regenerate…"
      isPending={isPending}
      onClick={ask}
    />
  );
}

function RetryFailed() {
  const { data } = useQuery(admin.counts());
  const failed = failedOf(data);
  const start = useLaunch(
    launch.retryFailed,
    ({ count }) => `${plural(count, "job")} will be tried again`,
  );
  return (
    <ActionRow
      icon={IconRotateClockwise}
      title="Retry Failed"
      description={`${plural(failed, "failed job")} will be queued again.`}
      reason={failed === 0 ? "No job has failed." : undefined}
      isReady={data !== undefined}
      button="Retry"
      isPending={start.isPending}
      onClick={() => start.mutate()}
    />
  );
}

function CleanJobs() {
  const { data } = useQuery(admin.counts());
  const start = useLaunch(
    () => launch.clean(DAY_HOURS),
    ({ removed }) => (removed === 0 ? "No job is that old" : `${plural(removed, "job")} removed`),
  );
  const ended = cleanable(data);
  const ask = () =>
    modals.openConfirmModal({
      title: "Clean old jobs?",
      children: `Of the ${plural(ended, "ended job")}, those that ended more than a day ago are removed, with their results and failures. Memories are not changed.`,
      labels: { confirm: "Clean", cancel: "Keep them" },
      onConfirm: () => start.mutate(),
    });
  return (
    <ActionRow
      icon={IconBrush}
      title="Clean Old Jobs"
      description="Removes jobs that ended more than a day ago."
      reason={ended === 0 ? "No job has ended yet." : undefined}
      isReady={data !== undefined}
      button="Clean…"
      isPending={start.isPending}
      onClick={ask}
    />
  );
}
