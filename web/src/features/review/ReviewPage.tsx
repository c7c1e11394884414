import { Button, Group, SegmentedControl } from "@mantine/core";
import { IconChecks } from "@tabler/icons-react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { consolidate, proposals } from "@/api/proposals";
import type { ProposalState } from "@/api/schema";
import { useMay } from "@/api/session";
import { keepScope } from "@/lib/scope";
import { plural } from "@/lib/text";
import { useScope, useTo } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { ShowMore } from "@/ui/ShowMore";
import { showError, showSuccess } from "@/ui/toast";
import { ProposalRow } from "./ProposalRow";
import classes from "./ProposalRow.module.css";
import { type Deciding, useDeciding } from "./useDeciding";
import { recommendedOf } from "./words";

const STATES: { value: ProposalState; label: string }[] = [
  { value: "open", label: "Open" },
  { value: "later", label: "Later" },
  { value: "stale", label: "Stale" },
  { value: "accepted", label: "Accepted" },
  { value: "declined", label: "Declined" },
];

/** What is proposed: nothing is changed before somebody accepts it. */
export function ReviewPage() {
  const [address, setAddress] = useSearchParams();
  const state = STATES.find(({ value }) => value === address.get("state"))?.value ?? "open";
  const to = useTo();
  const choose = (chosen: string) =>
    setAddress(keepScope(new URLSearchParams({ state: chosen }), address), { replace: true });
  return (
    <>
      <title>Review · Memorizer</title>
      <PageHeader title="Review" actions={<LookButton />}>
        Proposed changes. Nothing is changed before you accept it, and accepting can be undone.
        Pairs of any likeness are under <Link to={to.duplicates()}>Duplicates</Link>.
      </PageHeader>
      <SegmentedControl
        aria-label="State"
        mb="lg"
        data={STATES}
        value={state}
        onChange={choose}
        size="xs"
      />
      <Listed state={state} deciding={useDeciding()} />
    </>
  );
}

function Listed({ state, deciding }: { state: ProposalState; deciding: Deciding }) {
  const query = useInfiniteQuery(proposals.pages(state, useScope()));
  const mayDecide = useMay("write");
  if (query.isPending) return <RowsSkeleton rows={4} />;
  if (query.isError && !query.data)
    return <Failure error={query.error} retry={() => void query.refetch()} />;
  const listed = query.data?.pages.flatMap((page) => page.proposals) ?? [];
  const recommended = state === "open" && mayDecide ? recommendedOf(listed) : [];
  if (listed.length === 0) return <NothingHere state={state} />;
  return (
    <>
      {recommended.length > 1 && (
        <Group mb="md">
          <Button variant="light" onClick={() => deciding.acceptAll(recommended)}>
            Accept {plural(recommended.length, "recommended one")}
          </Button>
        </Group>
      )}
      <Panel flush aria-label="Proposals">
        <ol className={classes.list}>
          {listed.map((proposal) => (
            <ProposalRow key={proposal.id} proposal={proposal} deciding={deciding} />
          ))}
        </ol>
      </Panel>
      <ShowMore {...query} />
    </>
  );
}

function LookButton() {
  const look = () =>
    void consolidate().then(
      () => showSuccess("Looking through all memories. What is found shows here."),
      showError,
    );
  if (!useMay("admin")) return null;
  return (
    <Button variant="default" onClick={look}>
      Look for proposals
    </Button>
  );
}

function NothingHere({ state }: { state: ProposalState }) {
  return (
    <Panel>
      <Empty icon={IconChecks} title={state === "open" ? "Nothing to review" : `Nothing ${state}`}>
        Duplicates, outdated memories, titles and tags are proposed here when they are looked for.
      </Empty>
    </Panel>
  );
}
