import { Anchor, Button, Text, Title } from "@mantine/core";
import { IconFolderOff } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { memories } from "@/api/memories";
import type { CountedWorkspace } from "@/api/schema";
import { workspaces } from "@/api/workspaces";
import { to } from "@/lib/paths";
import { workspaceAt } from "@/lib/scope";
import { plural } from "@/lib/text";
import { childrenOf, contentsOf, isWithin } from "@/lib/tree";
import { useTo } from "@/lib/useScope";
import { Empty } from "@/ui/Empty";
import { Failure } from "@/ui/Failure";
import { Markdown } from "@/ui/Markdown";
import { MemoryName } from "@/ui/MemoryName";
import { Panel } from "@/ui/Panel";
import { RowsSkeleton } from "@/ui/RowsSkeleton";
import { TagPill } from "@/ui/TagPill";
import { Tags } from "@/ui/Tags";
import { Time } from "@/ui/Time";
import { WorkspaceHeader } from "./WorkspaceHeader";
import { WorkspaceHistory } from "./WorkspaceHistory";
import { WorkspaceRows } from "./WorkspaceRows";
import classes from "./Workspaces.module.css";

const NEWEST = 6;
const MOST_TAGS = 24;

export function WorkspacePage() {
  const wanted = workspaceAt(useLocation().pathname);
  const query = useQuery(workspaces.tree());
  if (query.isPending) return <RowsSkeleton rows={5} />;
  if (!query.data) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const workspace = query.data.find(({ id, path }) => path === wanted || id === wanted);
  if (!workspace) return <Unknown path={wanted} />;
  return <Shown key={workspace.id} workspace={workspace} tree={query.data} />;
}

interface Props {
  workspace: CountedWorkspace;
  tree: CountedWorkspace[];
}

function Shown({ workspace, tree }: Props) {
  const { path, name, description, victoryConditions } = workspace;
  const below = tree.filter((each) => each.path !== path && isWithin(each.path, path));
  return (
    <>
      <title>{`${name} · Memorizer`}</title>
      <WorkspaceHeader workspace={workspace} tree={tree} />
      <div className={classes.columns}>
        <div className={classes.column}>
          {description && (
            <Panel aria-label="Description">
              <Markdown text={description} />
            </Panel>
          )}
          {victoryConditions && (
            <Panel aria-label="Victory conditions">
              <Heading mb="xs">Victory conditions</Heading>
              <Markdown text={victoryConditions} />
            </Panel>
          )}
          <Newest path={path} />
          {below.length > 0 && (
            <Panel flush aria-label="Workspaces in it">
              <div className={classes.head}>
                <Heading>Workspaces in it</Heading>
              </div>
              <WorkspaceRows shown={below} />
            </Panel>
          )}
          <WorkspaceHistory id={workspace.id} />
        </div>
        <div className={classes.column}>
          <Counts workspace={workspace} tree={tree} />
          <TopTags path={path} />
        </div>
      </div>
    </>
  );
}

function Heading({ children, mb }: { children: ReactNode; mb?: "xs" }) {
  return (
    <Title order={2} size="h3" mb={mb}>
      {children}
    </Title>
  );
}

function Newest({ path }: { path: string }) {
  const toHere = useTo();
  const { data } = useQuery(memories.page({ workspace: path, limit: NEWEST }));
  const newest = data?.memories ?? [];
  return (
    <Panel flush aria-label="Newest memories">
      <div className={classes.head}>
        <Heading>Newest</Heading>
        <Anchor component={Link} to={toHere.memories()} size="sm">
          All memories
        </Anchor>
      </div>
      <ul className={classes.newest} aria-busy={!data}>
        {newest.map((memory) => (
          <li key={memory.id}>
            <Link to={to.memory(memory.id)} className={classes.name}>
              <MemoryName memory={memory} />
            </Link>
            <span className={classes.age}>
              <Time at={memory.createdAt} />
            </span>
          </li>
        ))}
        {data && newest.length === 0 && (
          <li>
            <Text size="sm" c="dimmed">
              Nothing is in it yet.
            </Text>
          </li>
        )}
      </ul>
    </Panel>
  );
}

function Counts({ workspace, tree }: Props) {
  const all = contentsOf(workspace.path, tree);
  const isLeaf = childrenOf(workspace.path, tree).length === 0;
  return (
    <Panel aria-label="What is in it">
      <dl className={classes.counts}>
        <div>
          <dt>Memories</dt>
          <dd>
            {plural(workspace.memories, "memory", "memories")}
            {!isLeaf && `, ${all.memories} with all below`}
          </dd>
        </div>
        {all.trashed > 0 && (
          <div>
            <dt>In the trash</dt>
            <dd>{plural(all.trashed, "memory", "memories")}</dd>
          </div>
        )}
        <div>
          <dt>Path</dt>
          <dd>
            <code>{workspace.path}</code>
          </dd>
        </div>
        <div>
          <dt>Created</dt>
          <dd>
            <Time at={workspace.createdAt} />
          </dd>
        </div>
        <div>
          <dt>Changed</dt>
          <dd>
            <Time at={workspace.updatedAt} />
          </dd>
        </div>
      </dl>
    </Panel>
  );
}

function TopTags({ path }: { path: string }) {
  const toHere = useTo();
  const tags = useQuery(memories.tags({ workspace: path })).data?.tags ?? [];
  if (tags.length === 0) return null;
  return (
    <Panel aria-label="Tags">
      <Title order={2} size="h3" mb="sm">
        Tags
      </Title>
      <Tags>
        {tags.slice(0, MOST_TAGS).map(({ name, count }) => (
          <TagPill key={name} component={Link} to={toHere.memories({ tag: name })}>
            {name} {count}
          </TagPill>
        ))}
      </Tags>
    </Panel>
  );
}

function Unknown({ path }: { path: string }) {
  return (
    <Empty
      icon={IconFolderOff}
      title="Workspace not found"
      action={
        <Button component={Link} to={to.workspaces()}>
          All workspaces
        </Button>
      }
    >
      There is no workspace <code>{path}</code>, or you may not see it. It may have been renamed,
      moved or deleted.
    </Empty>
  );
}
