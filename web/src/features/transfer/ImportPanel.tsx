import { Button, Checkbox, Group, Progress, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { Job } from "@/api/schema";
import { confirmImport, type ImportResult, imports, tryImport } from "@/api/transfer";
import { DropZone } from "@/ui/DropZone";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { Findings } from "./Findings";
import { countsInWords } from "./words";

/** A file is dropped, tried, confirmed and imported. */
export function ImportPanel({ workspace }: { workspace?: string }) {
  const dryRun = useMutation({ mutationFn: (file: File) => tryImport(file, workspace) });
  const [replaces, setReplaces] = useState(false);
  const real = useMutation({
    mutationFn: (jobId: string) => confirmImport(jobId, replaces ? "update" : "refuse"),
  });
  const send = ([file]: File[]) => {
    if (!file) return;
    real.reset();
    setReplaces(false);
    dryRun.mutate(file);
  };
  const tried = dryRun.data?.jobId;
  return (
    <Panel aria-label="Import" mb="md">
      <Title order={2} size="h3" mb="xs">
        Import
      </Title>
      <DropZone label="Import a file" onFiles={send}>
        Drop a file here: our export, a zip of notes (Obsidian, Logseq, Joplin, basic-memory), or
        what another memory program exported. Nothing is stored before you confirm.
      </DropZone>
      {dryRun.isPending && <Text size="sm">Sending {dryRun.variables.name}…</Text>}
      {dryRun.error && <Failure error={dryRun.error} />}
      {tried && !real.data && (
        <ImportJob jobId={tried}>
          {(result) => (
            <Group mt="sm" align="center">
              <Button
                loading={real.isPending}
                disabled={result.refused === 0 && Object.keys(result.counts).length === 0}
                onClick={() => real.mutate(tried)}
              >
                Import
              </Button>
              {result.refused > 0 && (
                <Checkbox
                  label="Replace memories that were edited here"
                  checked={replaces}
                  onChange={({ currentTarget }) => setReplaces(currentTarget.checked)}
                />
              )}
            </Group>
          )}
        </ImportJob>
      )}
      {real.error && <Failure error={real.error} />}
      {real.data && <ImportJob jobId={real.data.jobId} />}
    </Panel>
  );
}

interface JobProps {
  jobId: string;
  /** What comes below a result. */
  children?: (result: ImportResult) => React.ReactNode;
}

/** Follows the job of an import or of its dry run, and shows what came of it. */
function ImportJob({ jobId, children }: JobProps) {
  const { data: job, error } = useQuery(imports.job(jobId));
  if (error && !job) return <Failure error={error} />;
  if (!job) return <Text size="sm">…</Text>;
  if (job.state === "failed" || job.state === "cancelled") {
    return (
      <Text c="red" size="sm" role="alert">
        {job.failedReason ?? `The import was ${job.state}.`}
      </Text>
    );
  }
  if (job.state !== "completed") return <Running job={job} />;
  const result = job.returnvalue as unknown as ImportResult;
  return (
    <section aria-label={result.dryRun ? "Dry run" : "Result"}>
      <Text fw={600}>{countsInWords(result)}</Text>
      <Findings title="Refused" total={result.refused} findings={result.refusals} isBad />
      <Findings
        title="To know"
        total={result.notes.reduce((sum, note) => sum + note.count, 0)}
        findings={result.notes}
      />
      {children?.(result)}
    </section>
  );
}

function Running({ job }: { job: Job }) {
  const items = job.items;
  const done = items ? items.done + items.failed : 0;
  return (
    <>
      <Progress value={job.progress} aria-label="Progress of the import" my={6} />
      <Text size="xs" c="dimmed">
        {items?.total
          ? `${done.toLocaleString()} of about ${items.total.toLocaleString()} records`
          : job.state}
      </Text>
    </>
  );
}
