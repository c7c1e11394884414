import {
  type Icon,
  IconArchive,
  IconArchiveOff,
  IconArrowBackUp,
  IconEraser,
  IconFolderSymlink,
  IconKey,
  IconLink,
  IconLinkOff,
  IconPencil,
  IconReplace,
  IconPin,
  IconPinnedOff,
  IconSparkles,
  IconSquarePlus,
  IconTag,
  IconTrash,
} from "@tabler/icons-react";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { memories } from "@/api/memories";
import { workspaces } from "@/api/workspaces";
import type { EventType, MemoryEvent } from "@/api/schema";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { ShowMore } from "@/ui/ShowMore";
import { Time } from "@/ui/Time";
import { describe } from "./events";
import classes from "./EventsTab.module.css";
import { useMemory } from "./useMemory";

const ICONS: Record<EventType, Icon> = {
  memory_created: IconSquarePlus,
  content_updated: IconPencil,
  metadata_updated: IconTag,
  title_generated: IconSparkles,
  memory_reverted: IconArrowBackUp,
  memory_archived: IconArchive,
  memory_restored: IconArchiveOff,
  memory_pinned: IconPin,
  memory_unpinned: IconPinnedOff,
  memory_deleted: IconTrash,
  relationship_added: IconLink,
  relationship_removed: IconLinkOff,
  version_purged: IconEraser,
  memory_rekeyed: IconKey,
  memory_moved: IconFolderSymlink,
  memory_superseded: IconReplace,
  memory_reinstated: IconArrowBackUp,
  change_undone: IconArrowBackUp,
};

export function EventsTab() {
  const { id } = useMemory();
  const query = useInfiniteQuery(memories.events(id));
  const tree = useQuery(workspaces.tree()).data ?? [];
  const paths = new Map(tree.map((each) => [each.id, each.path]));
  if (query.isPending) return <RowsSkeleton rows={4} />;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <Panel flush>
      <ol className={classes.events}>
        {query.data.pages
          .flatMap(({ events }) => events)
          .map((event) => (
            <EventRow key={event.id} event={event} paths={paths} />
          ))}
      </ol>
      <ShowMore {...query} />
    </Panel>
  );
}

interface RowProps {
  event: MemoryEvent;
  paths: ReadonlyMap<string, string>;
}

function EventRow({ event, paths }: RowProps) {
  const Picture = ICONS[event.type];
  return (
    <li className={classes.event}>
      <span className={classes.picture}>
        <Picture size={16} stroke={1.6} aria-hidden />
      </span>
      <span className={classes.words}>{describe(event, paths)}</span>
      <span className={classes.facts}>
        v{event.version} · {event.actor} · <Time at={event.at} />
      </span>
    </li>
  );
}
