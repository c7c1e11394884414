import { Button, Tabs } from "@mantine/core";
import { IconLock, IconRefresh } from "@tabler/icons-react";
import { useIsFetching, useQueryClient } from "@tanstack/react-query";
import { Outlet, useLocation, useNavigate } from "react-router";
import { liveState } from "@/api/live";
import { useIsBound, useMayAdminister } from "@/api/session";
import { to } from "@/lib/paths";
import { useStore } from "@/lib/store";
import { ConnectionBadge } from "@/ui/ConnectionBadge";
import { Empty } from "@/ui/Empty";
import { PageHeader } from "@/ui/PageHeader";
import { BackupBanner } from "./BackupBanner";
import { MismatchBanner } from "./MismatchBanner";
import { QueueUnavailable } from "./QueueUnavailable";

const TABS = [
  { path: to.admin(), label: "Overview" },
  { path: to.jobs(), label: "All jobs" },
  { path: to.system(), label: "Models & system" },
  { path: to.access(), label: "Access" },
  { path: to.secrets(), label: "Secrets" },
];

/** The frame of the Admin pages: what needs attention stands above every tab. */
export function AdminPage() {
  const { pathname } = useLocation();
  const navigate = useNavigate();
  const isBound = useIsBound();
  const mayAdminister = useMayAdminister();
  if (!mayAdminister) return isBound ? <UnboundOnly /> : <AdminOnly />;
  return (
    <>
      <PageHeader title="Admin" actions={<HeaderActions />}>
        Background jobs, models and system health.
      </PageHeader>
      <Tabs
        value={pathname}
        onChange={(path) => path && void navigate(path)}
        variant="default"
        mb="lg"
      >
        <Tabs.List>
          {TABS.map(({ path, label }) => (
            <Tabs.Tab key={path} value={path}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
      </Tabs>
      <MismatchBanner />
      <BackupBanner />
      <QueueUnavailable />
      <Outlet />
    </>
  );
}

function AdminOnly() {
  return (
    <>
      <PageHeader title="Admin" />
      <Empty icon={IconLock} title="This needs a token with the scope admin">
        Yours may do less. Whoever looks after this server can make another; log out and in again
        with that one.
      </Empty>
    </>
  );
}

function UnboundOnly() {
  return (
    <>
      <PageHeader title="Admin" />
      <Empty icon={IconLock} title="Your token is bound to workspaces">
        Jobs, models, backups and tokens concern the whole store. Whoever looks after this server
        can make a token that is not bound; log out and in again with that one.
      </Empty>
    </>
  );
}

function HeaderActions() {
  const queries = useQueryClient();
  const fetching = useIsFetching() > 0;
  return (
    <>
      <ConnectionBadge state={useStore(liveState)} />
      <Button
        variant="default"
        leftSection={<IconRefresh size={16} />}
        onClick={() => void queries.invalidateQueries()}
        aria-busy={fetching}
      >
        Refresh
      </Button>
    </>
  );
}
