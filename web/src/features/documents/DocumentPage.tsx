import { Button, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { IconTrash } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "react-router";
import { deleteDocument, documents } from "@/api/documents";
import type { DocumentPart, DocumentWithParts } from "@/api/schema";
import { useMay } from "@/api/session";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { Time } from "@/ui/Time";
import { showError, showSuccess } from "@/ui/toast";
import classes from "./Documents.module.css";

/** A document: where it came from, and its parts in their order. */
export function DocumentPage() {
  const { documentId = "" } = useParams();
  const { data, error, isPending, refetch } = useQuery(documents.one(documentId));
  if (isPending) return <RowsSkeleton rows={5} />;
  if (!data) return <Failure error={error} retry={() => void refetch()} />;
  return <Shown document={data} />;
}

function Shown({ document }: { document: DocumentWithParts }) {
  return (
    <>
      <title>{`${document.title} · Memorizer`}</title>
      <PageHeader
        title={<span dir="auto">{document.title}</span>}
        actions={useMay("write") && <Delete document={document} />}
      >
        <div className={classes.facts}>
          <span dir="auto">{document.source}</span>
          <span>{document.mediaType}</span>
          <span>version {document.version}</span>
          {document.workspaceId && <WorkspaceLink id={document.workspaceId} />}
          <Time at={document.updatedAt} />
        </div>
      </PageHeader>
      {document.warnings.map((warning) => (
        <Text key={warning} size="sm" c="dimmed" mb="xs">
          {warning}
        </Text>
      ))}
      <Panel flush aria-label="Parts">
        <ol className={classes.list}>
          {document.parts.map((part) => (
            <li key={part.position} className={classes.row}>
              <Link to={to.memory(part.memoryId)} className={classes.words} dir="auto">
                {part.title ?? `Part ${part.position}`}
              </Link>
              <span className={classes.facts}>{placeOf(part)}</span>
            </li>
          ))}
        </ol>
      </Panel>
    </>
  );
}

/** Where a part begins, in words. */
function placeOf({ page, line }: DocumentPart): string {
  const places = [page && `page ${page}`, line && `line ${line}`];
  return places.filter(Boolean).join(", ");
}

function Delete({ document }: { document: DocumentWithParts }) {
  const navigate = useNavigate();
  const remove = async () => {
    await deleteDocument(document.id);
    showSuccess("Deleted the document. Its parts are in the trash.");
    await navigate(to.documents());
  };
  const ask = () =>
    modals.openConfirmModal({
      title: "Delete the document?",
      children: `Its ${plural(document.parts.length, "part")} go into the trash.`,
      labels: { confirm: "Delete", cancel: "Keep" },
      confirmProps: { color: "red" },
      onConfirm: () => void remove().catch(showError),
    });
  return (
    <Button variant="default" c="red" leftSection={<IconTrash size={16} />} onClick={ask}>
      Delete
    </Button>
  );
}
