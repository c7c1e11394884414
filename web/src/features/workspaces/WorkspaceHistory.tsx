import { Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { workspaces } from "@/api/workspaces";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { ShowMore } from "@/ui/ShowMore";
import { Time } from "@/ui/Time";
import { describe } from "./events";
import classes from "./Workspaces.module.css";

/** What happened to a workspace, newest first. */
export function WorkspaceHistory({ id }: { id: string }) {
  const query = useInfiniteQuery(workspaces.events(id));
  if (query.isPending) return <RowsSkeleton rows={2} />;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  return (
    <Panel flush aria-label="History">
      <div className={classes.head}>
        <Title order={2} size="h3">
          History
        </Title>
      </div>
      <ol className={classes.events}>
        {query.data.pages
          .flatMap(({ events }) => events)
          .map((event) => (
            <li key={event.id}>
              <span>{describe(event)}</span>
              <span className={classes.facts}>
                {event.actor} · <Time at={event.at} />
              </span>
            </li>
          ))}
      </ol>
      <ShowMore {...query} />
    </Panel>
  );
}
