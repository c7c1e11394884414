import { useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate, useSearchParams } from "react-router";
import { createMemory } from "@/api/memories";
import { session } from "@/api/session";
import { workspaces } from "@/api/workspaces";
import { UNFILED } from "@/lib/scope";
import { mayWriteIn, placeOf } from "@/lib/tree";
import { useScope, useTo } from "@/lib/useScope";
import { PageHeader } from "@/ui/PageHeader";
import { WorkspaceSelect } from "@/ui/WorkspaceSelect";
import { showError, showSecrets } from "@/ui/toast";
import { contentOf, isChanged, NEW_DRAFT } from "./draft";
import { LeaveGuard, SAVED } from "@/shared/LeaveGuard";
import { MemoryForm } from "./MemoryForm";

export function CreatePage() {
  const navigate = useNavigate();
  const to = useTo();
  const [place, field] = usePlace();
  const [address] = useSearchParams();
  const [begun] = useState({ ...NEW_DRAFT, title: (address.get("title") ?? "").slice(0, 200) });
  const [draft, setDraft] = useState(begun);
  const store = useMutation({
    mutationFn: () => createMemory({ ...contentOf(draft), workspace: place || null }),
    onSuccess: ({ id, secretsFound }) => {
      showSecrets(secretsFound);
      return navigate(to.memory(id), { state: SAVED });
    },
    onError: showError,
  });
  return (
    <>
      <title>New memory · Memorizer</title>
      <LeaveGuard isDirty={isChanged(begun, draft)} />
      <PageHeader title="New memory">Only the text is required.</PageHeader>
      <MemoryForm
        draft={draft}
        onChange={setDraft}
        onSave={() => store.mutate()}
        isSaving={store.isPending}
        saveLabel="Store"
        cancelTo={to.memories()}
        place={field}
      />
    </>
  );
}

/** Where the memory goes: where the switcher stands, until another place is chosen. */
function usePlace(): [place: string, field: ReactNode] {
  const { workspace } = useScope();
  const [chosen, setChosen] = useState<{ for: string | undefined; place: string }>();
  const tree = useQuery(workspaces.tree()).data ?? [];
  const who = useQuery(session.current()).data;
  const places = tree.filter(({ path }) => mayWriteIn(path, who));
  const wanted = tree.find(({ id }) => id === workspace)?.path ?? workspace;
  const usual = placeOf(wanted, tree, who);
  const place = chosen && chosen.for === workspace ? chosen.place : usual;
  if (tree.length === 0) return [place, null];
  const field = (
    <WorkspaceSelect
      label="Workspace"
      placeholder="Choose where it goes"
      mb="md"
      places={places}
      others={who?.workspaces ? [] : [{ value: UNFILED, label: "Unfiled" }]}
      value={place || null}
      onChange={(next) => setChosen({ for: workspace, place: next })}
    />
  );
  return [place, field];
}
