import { Button, Skeleton, Stack } from "@mantine/core";
import { IconFileOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, NavLink, Outlet, useParams } from "react-router";
import { ApiError } from "@/api/client";
import { memories } from "@/api/memories";
import { to } from "@/lib/paths";
import { nameOf } from "@/lib/text";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import type { Shown } from "./useMemory";
import { MemoryHeader } from "./MemoryHeader";
import classes from "./MemoryPage.module.css";
import { PlaceInList } from "./PlaceInList";

const TABS = [
  { tab: "", label: "Details" },
  { tab: "versions", label: "Versions" },
  { tab: "similar", label: "Similar" },
  { tab: "relationships", label: "Relationships" },
  { tab: "events", label: "Events" },
];

export function MemoryPage() {
  const { memoryId = "" } = useParams();
  const query = useQuery(memories.one(memoryId));
  if (query.isPending) return <MemorySkeleton />;
  if (!query.data) {
    return isGone(query.error) ? (
      <Gone id={memoryId} />
    ) : (
      <Failure error={query.error} retry={() => void query.refetch()} />
    );
  }
  return (
    <article>
      <title>{`${nameOf(query.data)} · Memorizer`}</title>
      <PlaceInList memory={query.data} />
      <MemoryHeader memory={query.data} />
      <MemoryTabs id={memoryId} />
      <Outlet context={{ memory: query.data } satisfies Shown} />
    </article>
  );
}

/** Each tab has its own address, so they are links. */
function MemoryTabs({ id }: { id: string }) {
  return (
    <nav className={classes.tabs} aria-label="About this memory">
      {TABS.map(({ tab, label }) => (
        <NavLink key={tab} to={tab ? to.memoryTab(id, tab) : to.memory(id)} end>
          {label}
        </NavLink>
      ))}
    </nav>
  );
}

function MemorySkeleton() {
  return (
    <Stack gap="md" role="status" aria-busy="true" aria-label="Loading">
      <Skeleton height={30} width="55%" />
      <Skeleton height={14} width="35%" />
      <Skeleton height={240} mt="lg" />
    </Stack>
  );
}

function isGone(error: Error | null): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 422);
}

function Gone({ id }: { id: string }) {
  return (
    <Empty
      icon={IconFileOff}
      title="Memory not found"
      action={
        <Button component={Link} to={to.memories()}>
          All memories
        </Button>
      }
    >
      It may have been deleted. Its id is {id}.
    </Empty>
  );
}
