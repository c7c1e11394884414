import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBinaryTree2, IconPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useIsBound, useMay } from "@/api/session";
import { workspaces } from "@/api/workspaces";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { WorkspaceForm } from "./WorkspaceForm";
import { WorkspaceRows } from "./WorkspaceRows";

/** All workspaces and projects. */
export function WorkspacesPage() {
  const query = useQuery(workspaces.tree());
  const isBound = useIsBound();
  const mayCreate = useMay("write") && !isBound; // at the root, which a bound token does not see
  const [isOpen, { open, close }] = useDisclosure(false);
  const button = mayCreate && (
    <Button leftSection={<IconPlus size={17} />} onClick={open}>
      New workspace
    </Button>
  );
  const hasSome = (query.data ?? []).length > 0;
  return (
    <>
      <title>Workspaces · Memorizer</title>
      <PageHeader title="Workspaces" actions={hasSome && button}>
        {isBound
          ? "Your token is bound to these: it sees nothing else."
          : "What belongs to a team, a repository or a project, apart from everything else."}
      </PageHeader>
      {query.isPending && <RowsSkeleton rows={4} />}
      {query.isError && !query.data && (
        <Failure error={query.error} retry={() => void query.refetch()} />
      )}
      {query.data && hasSome && (
        <Panel flush aria-label="Workspaces">
          <WorkspaceRows shown={query.data} />
        </Panel>
      )}
      {query.data && !hasSome && <None action={button} />}
      {isOpen && <WorkspaceForm onClose={close} />}
    </>
  );
}

function None({ action }: { action: React.ReactNode }) {
  return (
    <Panel>
      <Empty icon={IconBinaryTree2} title="No workspaces yet" action={action}>
        All memories are unfiled. A workspace keeps some of them apart: searches in it find nothing
        else, and a token can be bound to it.
      </Empty>
    </Panel>
  );
}
