import { Container } from "@mantine/core";
import { Outlet, ScrollRestoration, useNavigation } from "react-router";
import { useRememberedScope } from "@/lib/useScope";
import { CommandPalette } from "./CommandPalette";
import { Login } from "./Login";
import { ServerBanner } from "./ServerBanner";
import classes from "./Shell.module.css";
import { Sidebar } from "./Sidebar";
import { TabBar } from "./TabBar";
import { TopBar } from "./TopBar";

/** What stays while pages come and go: a sidebar, or two bars where it is narrow. */
export function Shell() {
  useRememberedScope();
  const busy = useNavigation().state !== "idle";
  return (
    <div className={classes.shell}>
      <a href="#content" className={classes.skip}>
        Skip to content
      </a>
      <Sidebar />
      <TopBar />
      <main id="content" tabIndex={-1} className={classes.content} aria-busy={busy}>
        <ServerBanner />
        <Container
          size="var(--page-width)"
          px={{ base: "md", sm: "xl" }}
          py={{ base: "md", sm: "xl" }}
        >
          <Outlet />
        </Container>
      </main>
      <TabBar />
      <CommandPalette />
      <Login />
      <ScrollRestoration />
    </div>
  );
}
