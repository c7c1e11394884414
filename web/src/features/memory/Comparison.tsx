import { Select, Skeleton, Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { memories } from "@/api/memories";
import type { Change, Difference } from "@/api/schema";
import { plural } from "@/lib/text";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { fieldName, fieldValue } from "./fields";
import { SideBySide } from "./SideBySide";
import classes from "./VersionsTab.module.css";

interface Props {
  id: string;
  versions: number[];
  from: number;
  to: number;
  onChoose: (from: number, to: number) => void;
}

/** What changed from one version to another, any two. */
export function Comparison({ id, versions, from, to, onChoose }: Props) {
  const query = useQuery({ ...memories.difference(id, from, to), enabled: from !== to });
  const choices = versions.map((version) => ({
    value: String(version),
    label: `Version ${version}`,
  }));
  return (
    <Panel flush>
      <div className={classes.pair}>
        <Select
          size="xs"
          w={125}
          aria-label="Old version"
          data={choices}
          value={String(from)}
          allowDeselect={false}
          onChange={(chosen) => onChoose(Number(chosen), to)}
        />
        <IconArrowRight size={16} aria-label="to" />
        <Select
          size="xs"
          w={125}
          aria-label="New version"
          data={choices}
          value={String(to)}
          allowDeselect={false}
          onChange={(chosen) => onChoose(from, Number(chosen))}
        />
        {query.data && from !== to && <Sum difference={query.data} />}
      </div>
      {from === to && <Note>Choose two versions to see what changed between them.</Note>}
      {from !== to && query.isPending && <Skeleton height={120} m="md" w="auto" />}
      {from !== to && query.isError && <Failure error={query.error} />}
      {from !== to && query.data && <Both difference={query.data} />}
    </Panel>
  );
}

function Both({ difference }: { difference: Difference }) {
  const { changes, lines, added, removed } = difference;
  return (
    <>
      {changes.length > 0 && (
        <dl className={classes.changes}>
          {changes.map((change) => (
            <FieldChange key={change.field} change={change} />
          ))}
        </dl>
      )}
      {added + removed > 0 ? <SideBySide lines={lines} /> : <Note>The text is the same.</Note>}
    </>
  );
}

function FieldChange({ change }: { change: Change }) {
  return (
    <>
      <dt>{fieldName(change.field)}</dt>
      <dd>
        <del>{fieldValue(change.old)}</del> → <ins>{fieldValue(change.new)}</ins>
      </dd>
    </>
  );
}

function Sum({ difference: { added, removed } }: { difference: Difference }) {
  return (
    <Text size="sm" c="dimmed" ml="auto">
      {plural(added, "line")} added, {removed} removed
    </Text>
  );
}

function Note({ children }: { children: string }) {
  return (
    <Text c="dimmed" size="sm" p="md">
      {children}
    </Text>
  );
}
