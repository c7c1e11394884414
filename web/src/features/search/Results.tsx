import { Alert, Button, Text } from "@mantine/core";
import { IconMoodEmpty, IconPlugConnectedX } from "@tabler/icons-react";
import type { UseQueryResult } from "@tanstack/react-query";
import type { SearchAnswer, SearchHit } from "@/api/schema";
import { queryWords } from "@/lib/marks";
import { plural } from "@/lib/text";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import type { Choices } from "./choices";
import { HitRow } from "./HitRow";
import classes from "./Search.module.css";

interface Props {
  answer: UseQueryResult<SearchAnswer>;
  choices: Choices;
  onChange: (change: Partial<Choices>) => void;
}

export function Results({ answer, choices, onChange }: Props) {
  if (answer.isPending) return <RowsSkeleton rows={4} />;
  if (answer.isError) {
    return <Failure error={answer.error} retry={() => void answer.refetch()} />;
  }
  const { degraded, readAs, results: hits, query } = answer.data;
  const [weak, matching] = partition(hits, ({ match }) => match === "weak");
  const words = queryWords(query);
  const isStale = answer.isPlaceholderData;
  return (
    <>
      {degraded && <Degraded reason={degraded} />}
      <Text size="sm" c="dimmed" mb="xs" role="status">
        {weak.length > 0 && matching.length === 0
          ? "Nothing relevant found"
          : plural(matching.length, "match", "matches")}
      </Text>
      {readAs && <TimeRead as={readAs} hits={hits} />}
      {hits.length === 0 && <NothingFound choices={choices} onChange={onChange} />}
      {matching.length > 0 && <Hits hits={matching} words={words} isStale={isStale} />}
      {weak.length > 0 && (
        <details className={classes.weaker} key={query}>
          <summary>{plural(weak.length, "weaker match", "weaker matches")}</summary>
          <Hits hits={weak} words={words} isStale={isStale} />
        </details>
      )}
    </>
  );
}

function partition<T>(all: T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}

function Hits({ hits, words, isStale }: { hits: SearchHit[]; words: string[]; isStale: boolean }) {
  return (
    <Panel flush>
      <ol className={classes.hits} data-stale={isStale || undefined}>
        {hits.map((hit) => (
          <HitRow key={hit.memory.id} hit={hit} words={words} />
        ))}
      </ol>
    </Panel>
  );
}

function TimeRead({ as, hits }: { as: string; hits: SearchHit[] }) {
  const isAny = hits.some(({ timeBonus }) => timeBonus);
  return (
    <Text size="sm" c="dimmed" mb="xs">
      Time read as {as}: {isAny ? "what is of then counts for more" : "nothing is of then"}.
    </Text>
  );
}

function Degraded({ reason }: { reason: string }) {
  return (
    <Alert color="honey" icon={<IconPlugConnectedX />} title="Partial results" mb="md">
      {reason}
    </Alert>
  );
}

function NothingFound({ choices, onChange }: Omit<Props, "answer">) {
  const { threshold, types, tags, sources, from, until } = choices;
  const isNarrow =
    threshold > 0 || [types, tags, sources, from, until].some(({ length }) => length > 0);
  const widen = () =>
    onChange({ threshold: 0, types: [], tags: [], sources: [], from: "", until: "" });
  return (
    <Panel>
      <Empty
        icon={IconMoodEmpty}
        title="Nothing found"
        action={
          isNarrow && (
            <Button variant="default" onClick={widen}>
              Clear filters
            </Button>
          )
        }
      >
        {isNarrow
          ? "Your filters may be too narrow."
          : "Try other words, or describe the topic: search matches meaning too."}
      </Empty>
    </Panel>
  );
}
