import { Button, Group, Text, Title } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useMay } from "@/api/session";
import { type ExportFormat, exportAddress } from "@/api/transfer";
import { useScope } from "@/lib/useScope";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { ImportPanel } from "./ImportPanel";

/** Brings memories in from files, and takes them out as files. */
export function TransferPage() {
  const { workspace } = useScope();
  const mayImport = useMay("write");
  return (
    <>
      <title>Import and export · Memorizer</title>
      <PageHeader title="Import and export">
        {workspace ? `Into and out of ${workspace}, with all below it.` : "Of all workspaces."}
      </PageHeader>
      {mayImport && <ImportPanel key={workspace ?? ""} workspace={workspace} />}
      <Panel aria-label="Export">
        <Title order={2} size="h3" mb="xs">
          Export
        </Title>
        <Group>
          <Download format="jsonl" label="Everything (JSON Lines)" />
          <Download format="markdown" label="Notes (Markdown, zip)" />
        </Group>
        <Text size="xs" c="dimmed" mt="sm">
          JSON Lines has versions and events, to import elsewhere. Notes are for reading. The trash
          is in neither.
        </Text>
      </Panel>
    </>
  );
}

function Download({ format, label }: { format: ExportFormat; label: string }) {
  return (
    <Button
      component="a"
      href={exportAddress(format, useScope())}
      download
      variant="default"
      leftSection={<IconDownload size={16} />}
    >
      {label}
    </Button>
  );
}
