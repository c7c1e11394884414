import { Button } from "@mantine/core";
import { IconFiles } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { documents, ingestFile } from "@/api/documents";
import { useMay } from "@/api/session";
import type { Document } from "@/api/schema";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { useScope } from "@/lib/useScope";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import { DropZone } from "@/ui/DropZone";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { Time } from "@/ui/Time";
import classes from "./Documents.module.css";
import { Ingestions, type Sent } from "./Ingestions";

/** Files and web pages whose parts are memories; files can be dropped here. */
export function DocumentsPage() {
  const mayAdd = useMay("write");
  const { sent, send, dismiss } = useSending();
  return (
    <>
      <title>Documents · Memorizer</title>
      <PageHeader title="Documents">Files and web pages whose parts are memories.</PageHeader>
      {mayAdd && (
        <DropZone label="Add documents" many onFiles={(files) => void send(files)}>
          Drop files here: Markdown, text, HTML, PDF, Word, PowerPoint, Excel, EPUB, e-mail, code.
        </DropZone>
      )}
      <Ingestions sent={sent} onDismiss={dismiss} />
      <Documents />
    </>
  );
}

/** Sends one file after the other, and remembers what became of each. */
function useSending() {
  const { workspace } = useScope();
  const [sent, setSent] = useState<Sent[]>([]);
  const send = async (files: File[]) => {
    for (const file of files) {
      let outcome: Sent;
      try {
        const { jobId } = await ingestFile(file, workspace);
        outcome = { name: file.name, jobId };
      } catch (error) {
        outcome = { name: file.name, error: error instanceof Error ? error.message : "It failed." };
      }
      setSent((before) => [outcome, ...before]);
    }
  };
  const dismiss = (index: number) =>
    setSent((before) => before.filter((_, position) => position !== index));
  return { sent, send, dismiss };
}

function Documents() {
  const pages = useInfiniteQuery(documents.pages(useScope()));
  if (pages.isPending) return <RowsSkeleton rows={4} />;
  if (!pages.data) return <Failure error={pages.error} retry={() => void pages.refetch()} />;
  const found = pages.data.pages.flatMap((page) => page.documents);
  if (found.length === 0) {
    return (
      <Panel>
        <Empty icon={IconFiles} title="No documents yet">
          Drop files above, or run memorizer ingest FOLDER.
        </Empty>
      </Panel>
    );
  }
  return (
    <>
      <Panel flush aria-label="Documents">
        <ul className={classes.list}>
          {found.map((document) => (
            <Row key={document.id} document={document} />
          ))}
        </ul>
      </Panel>
      {pages.hasNextPage && (
        <Button
          variant="default"
          mt="md"
          loading={pages.isFetchingNextPage}
          onClick={() => void pages.fetchNextPage()}
        >
          Show more
        </Button>
      )}
    </>
  );
}

function Row({ document }: { document: Document }) {
  return (
    <li className={classes.row}>
      <div className={classes.words}>
        <Link to={to.document(document.id)} dir="auto">
          {document.title}
        </Link>
        <div className={classes.facts}>
          <span dir="auto">{document.source}</span>
          <span>{plural(document.partCount, "part")}</span>
          {document.workspaceId && <WorkspaceLink id={document.workspaceId} />}
          <Time at={document.updatedAt} />
        </div>
      </div>
    </li>
  );
}
