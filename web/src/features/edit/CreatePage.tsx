import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { createMemory } from "@/api/memories";
import { to } from "@/lib/paths";
import { PageHeader } from "@/ui/PageHeader";
import { showError } from "@/ui/toast";
import { contentOf, isChanged, NEW_DRAFT } from "./draft";
import { LeaveGuard, SAVED } from "./LeaveGuard";
import { MemoryForm } from "./MemoryForm";

export function CreatePage() {
  const navigate = useNavigate();
  const [draft, setDraft] = useState(NEW_DRAFT);
  const store = useMutation({
    mutationFn: () => createMemory(contentOf(draft)),
    onSuccess: ({ id }) => navigate(to.memory(id), { state: SAVED }),
    onError: showError,
  });
  return (
    <>
      <title>New memory · Memorizer</title>
      <LeaveGuard isDirty={isChanged(NEW_DRAFT, draft)} />
      <PageHeader title="New memory">Only the text is required.</PageHeader>
      <MemoryForm
        draft={draft}
        onChange={setDraft}
        onSave={() => store.mutate()}
        isSaving={store.isPending}
        saveLabel="Store"
        cancelTo={to.memories()}
      />
    </>
  );
}
