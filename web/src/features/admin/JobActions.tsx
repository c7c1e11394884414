import { Button } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import type { Action, Job } from "@/api/schema";
import { to } from "@/lib/paths";
import { showError, showSuccess } from "@/ui/toast";
import { steer } from "./queries";
import { ACTIONS, ALL_ACTIONS, jobTitle, may } from "./states";

/** Buttons for what the server allows in a job's state; `compact` leaves only cancelling. */
export function JobActions({ job, compact = false }: { job: Job; compact?: boolean }) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const act = useMutation({
    mutationFn: async (action: Action) => {
      await steer[action](job.id);
      return action;
    },
    onSuccess: (action) => {
      showSuccess(ACTIONS[action].done);
      if (action === "remove") void navigate(to.jobs());
    },
    onError: showError,
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs"] }),
  });
  const start = (action: Action) => {
    if (action === "remove") confirmRemoval(job, () => act.mutate(action));
    else act.mutate(action);
  };
  const wanted = compact ? (["cancel"] as const) : ALL_ACTIONS;
  return wanted
    .filter((action) => job.actions.includes(action))
    .map((action) => {
      const { label, icon: Picture } = ACTIONS[action];
      return (
        <Button
          key={action}
          variant="default"
          size={compact ? "compact-sm" : "sm"}
          leftSection={!compact && <Picture size={15} />}
          color={action === "remove" ? "red" : undefined}
          loading={act.isPending && act.variables === action}
          disabled={!may(action, job)}
          onClick={() => start(action)}
          aria-label={compact ? `${label}: ${jobTitle(job)}` : undefined}
        >
          {label}
        </Button>
      );
    });
}

function confirmRemoval(job: Job, onConfirm: () => void) {
  modals.openConfirmModal({
    title: "Remove this job?",
    children: `“${jobTitle(job)}” goes away with its result and its failures. Memories are not changed.`,
    labels: { confirm: "Remove", cancel: "Keep" },
    confirmProps: { color: "red" },
    onConfirm,
  });
}
