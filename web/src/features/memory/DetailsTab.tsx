import { ActionIcon, CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { recalls } from "@/api/recalls";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { Markdown } from "@/ui/Markdown";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import { WorkspaceLink } from "@/shared/WorkspaceLink";
import classes from "./DetailsTab.module.css";
import { fieldName } from "./fields";
import { useMemory } from "./useMemory";

const TIMES = ["validFrom", "validUntil", "reviewAt", "happenedAt"] as const;

export function DetailsTab() {
  const memory = useMemory();
  const documentId = memory.metadata?.documentId;
  return (
    <div className={classes.details}>
      <Panel className={classes.text}>
        <Markdown text={memory.text} />
      </Panel>
      <dl className={classes.facts}>
        <Detail name="Version">{memory.version}</Detail>
        <Detail name="Changed">
          <Time at={memory.updatedAt} />
        </Detail>
        <Detail name="Created">
          <Time at={memory.createdAt} />
        </Detail>
        <Detail name="Recalled">
          <Recalled id={memory.id} />
        </Detail>
        {memory.archivedAt && (
          <Detail name="Archived">
            <Time at={memory.archivedAt} />
          </Detail>
        )}
        {TIMES.map(
          (name) =>
            memory[name] && (
              <Detail key={name} name={fieldName(name)}>
                <Time at={memory[name]} />
              </Detail>
            ),
        )}
        {memory.workspaceId && (
          <Detail name="Workspace">
            <WorkspaceLink id={memory.workspaceId} />
          </Detail>
        )}
        <Detail name="Source">{memory.source}</Detail>
        <Detail name="Confidence">{Math.round(memory.confidence * 100)} %</Detail>
        {typeof documentId === "string" && (
          <Detail name="Part of">
            <Link to={to.document(documentId)} className={classes.value}>
              {String(memory.metadata?.document ?? documentId)}
            </Link>
          </Detail>
        )}
        {Object.entries(memory.metadata ?? {}).map(([name, value]) => (
          <Detail key={name} name={name}>
            <span className={classes.value}>{String(value)}</span>
          </Detail>
        ))}
        {memory.key !== undefined && (
          <Detail name="Key">
            <Copyable text={memory.key} label="Copy the key" />
          </Detail>
        )}
        <Detail name="Id">
          <Copyable text={memory.id} label="Copy the id" />
        </Detail>
      </dl>
    </div>
  );
}

function Detail({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** How often agents and people were shown it. */
function Recalled({ id }: { id: string }) {
  const { data } = useQuery(recalls.ofMemory(id));
  if (!data) return "…";
  if (data.lastAt === undefined) return "never";
  return (
    <>
      {plural(data.count, "time", "times")}, last <Time at={data.lastAt} />
    </>
  );
}

function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <span className={classes.id}>
      <code>{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            onClick={copy}
            aria-label={copied ? "Copied" : label}
          >
            {copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
          </ActionIcon>
        )}
      </CopyButton>
    </span>
  );
}
