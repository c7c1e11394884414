import { Button } from "@mantine/core";
import { IconAffiliate, IconLink } from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { memories, relate, unrelate } from "@/api/memories";
import type { SimilarMemory } from "@/api/schema";
import { to } from "@/lib/paths";
import { excerpt } from "@/lib/text";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { Kind } from "@/ui/Kind";
import { MemoryName } from "@/ui/MemoryName";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { Threshold } from "@/ui/Threshold";
import { showError } from "@/ui/toast";
import { offerUndo } from "@/ui/undo";
import classes from "./SimilarTab.module.css";
import { useMemory } from "./useMemory";

const USUAL_THRESHOLD = 0.3;

export function SimilarTab() {
  const [address, setAddress] = useSearchParams();
  const given = address.get("threshold");
  const threshold = given === null ? USUAL_THRESHOLD : Number(given) || 0;
  return (
    <>
      <Threshold
        label={(shown) => `Similarity of ${shown.toFixed(2)} or more`}
        name="Least similarity"
        maw="22rem"
        mb="lg"
        max={0.95}
        value={threshold}
        onChange={(chosen) => setAddress({ threshold: String(chosen) }, { replace: true })}
      />
      <Similar threshold={threshold} />
    </>
  );
}

function Similar({ threshold }: { threshold: number }) {
  const { id } = useMemory();
  const query = useQuery(memories.similar(id, threshold));
  const linked = useLinked(id);
  if (query.isPending) return <RowsSkeleton rows={4} />;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  if (query.data.count === 0) {
    return (
      <Panel>
        <Empty icon={IconAffiliate} title="No similar memories">
          Lower the slider to see what is further away.
        </Empty>
      </Panel>
    );
  }
  return (
    <Panel flush>
      <ol className={classes.list}>
        {query.data.similar.map((found) => (
          <SimilarRow
            key={found.memory.id}
            found={found}
            isLinked={linked.has(found.memory.id)}
            onLink={() => link(id, found)}
          />
        ))}
      </ol>
    </Panel>
  );
}

interface RowProps {
  found: SimilarMemory;
  isLinked: boolean;
  onLink: () => void;
}

function SimilarRow({ found: { memory, similarity }, isLinked, onLink }: RowProps) {
  return (
    <li className={classes.row}>
      <div className={classes.score}>
        <span className={classes.bar} style={{ width: `${Math.max(0, similarity) * 100}%` }} />
        <span>{similarity.toFixed(2)}</span>
      </div>
      <div className={classes.words}>
        <Link to={to.memory(memory.id)}>
          <MemoryName memory={memory} />
        </Link>
        <p>{excerpt(memory.text, 180)}</p>
        <Kind type={memory.type} />
      </div>
      <Button
        size="compact-sm"
        variant="default"
        leftSection={<IconLink size={15} />}
        disabled={isLinked}
        onClick={onLink}
      >
        {isLinked ? "Linked" : "Link"}
      </Button>
    </li>
  );
}

/** The memories that are related to this one already, either way. */
function useLinked(id: string): Set<string> {
  const { data } = useInfiniteQuery(memories.relationships(id));
  const links = data?.pages.flatMap((page) => page.relationships);
  return new Set(links?.flatMap((each) => [each.fromMemoryId, each.toMemoryId]));
}

function link(id: string, { memory, similarity }: SimilarMemory): void {
  const score = Math.min(1, Math.max(0, similarity));
  relate(id, memory.id, "similar-to", score).then(
    (made) => offerUndo("Linked as similar.", () => void unrelate(made.id).catch(showError)),
    showError,
  );
}
