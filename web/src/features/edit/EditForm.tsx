import { Alert } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { ApiError } from "@/api/client";
import { memories, updateMemory } from "@/api/memories";
import type { Memory, WrittenMemory } from "@/api/schema";
import { to } from "@/lib/paths";
import { PageHeader } from "@/ui/PageHeader";
import { showError, showSecrets, showSuccess } from "@/ui/toast";
import { Conflict } from "./Conflict";
import { changesOf, conflictsOf, type Draft, draftOf, isChanged, rebased } from "./draft";
import { LeaveGuard, SAVED } from "@/shared/LeaveGuard";
import { MemoryForm } from "./MemoryForm";

/** Edits the memory as it was when the form was opened; `latest` is how it is now. */
export function EditForm({ latest }: { latest: Memory }) {
  const edit = useEdit(latest);
  const save = useSave(edit);
  return (
    <>
      <title>Edit · Memorizer</title>
      <LeaveGuard isDirty={isChanged(draftOf(edit.base), edit.draft)} />
      <PageHeader title="Edit memory">
        Saving creates version {edit.base.version + 1}; version {edit.base.version} is kept.
      </PageHeader>
      {edit.conflicts.length > 0 && (
        <Alert
          color="honey"
          icon={<IconUsers />}
          title="This memory was changed while you were editing"
          mb="md"
        >
          When you save, you choose which version to keep.
        </Alert>
      )}
      <MemoryForm
        draft={edit.draft}
        onChange={edit.setDraft}
        onSave={() => save.mutate(edit.base.version)}
        isSaving={save.isPending}
        saveLabel="Save"
        cancelTo={to.memory(latest.id)}
        id={latest.id}
      />
      {save.isRefused && (
        <Conflict
          mine={edit.draft}
          theirs={draftOf(latest)}
          fields={edit.conflicts}
          onClose={save.reset}
          onMine={() => save.mutate(latest.version)}
          onTheirs={() => {
            edit.restart(latest);
            save.reset();
          }}
        />
      )}
    </>
  );
}

/** The draft and what it is based on; changes by others that hurt nothing are taken in. */
function useEdit(latest: Memory) {
  const [base, setBase] = useState(latest);
  const [draft, setDraft] = useState<Draft>(() => draftOf(latest));
  const conflicts = conflictsOf(draftOf(base), draft, draftOf(latest));
  const restart = (memory: Memory) => {
    setBase(memory);
    setDraft(draftOf(memory));
  };
  if (latest.version > base.version && conflicts.length === 0) {
    setBase(latest);
    setDraft(rebased(draftOf(base), draft, draftOf(latest)));
  }
  return { base, draft, setDraft, conflicts, restart };
}

function useSave({ base, draft, conflicts }: ReturnType<typeof useEdit>) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const current = memories.one(base.id);
  /** Saves what was changed here; over changes by others only where they hurt nothing. */
  const update = async (version: number): Promise<WrittenMemory> => {
    try {
      return await updateMemory(base.id, version, changesOf(draftOf(base), draft));
    } catch (error) {
      if (!isConflict(error)) throw error;
      // the page had not heard of the other change yet
      const latest = await queries.fetchQuery({ ...current, staleTime: 0 });
      if (conflictsOf(draftOf(base), draft, draftOf(latest)).length > 0) throw error;
      return update(latest.version);
    }
  };
  const mutation = useMutation({
    mutationFn: update,
    onSuccess: async (saved) => {
      queries.setQueryData(current.queryKey, saved);
      await navigate(to.memory(base.id), { state: SAVED });
      showSuccess("Saved.");
      showSecrets(saved.secretsFound);
    },
    onError: (error) => (isConflict(error) ? undefined : void showError(error)),
  });
  return { ...mutation, isRefused: isConflict(mutation.error) && conflicts.length > 0 };
}

function isConflict(error: unknown): boolean {
  return error instanceof ApiError && error.name === "Version conflict";
}
