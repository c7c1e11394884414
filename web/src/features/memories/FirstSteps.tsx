import { Button, Group, Text, Title } from "@mantine/core";
import { type Icon, IconFileImport, IconPlugConnected, IconSparkles } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "react-router";
import { connection } from "@/api/connection";
import { useMay } from "@/api/session";
import { useScope, useTo } from "@/lib/useScope";
import { Time } from "@/ui/Time";
import { showError } from "@/ui/toast";
import classes from "./FirstSteps.module.css";
import { addSamples } from "./samples";

/** What to do with an empty store: connect an agent, bring memories along, or look around. */
export function FirstSteps() {
  const mayWrite = useMay("write");
  return (
    <ol className={classes.steps} aria-label="First steps">
      <Connect />
      {mayWrite && <Import />}
      {mayWrite && <Try />}
    </ol>
  );
}

function Step(props: { icon: Icon; title: string; children: ReactNode; action: ReactNode }) {
  const { icon: Picture, title, children, action } = props;
  return (
    <li className={classes.step}>
      <Group gap="xs">
        <Picture size={20} stroke={1.6} aria-hidden />
        <Title order={3} size="h5">
          {title}
        </Title>
      </Group>
      <Text size="sm" c="dimmed" component="div">
        {children}
      </Text>
      {action}
    </li>
  );
}

function Connect() {
  const to = useTo();
  const newest = useQuery(connection.clients()).data?.clients[0];
  const button = (
    <Button component={Link} to={to.connect()} variant={newest ? "default" : "filled"}>
      Connect your agent
    </Button>
  );
  return (
    <Step icon={IconPlugConnected} title="Connect" action={button}>
      <span role="status">
        {newest ? (
          <>
            {newest.name} connected <Time at={newest.at} />. Tell it something worth keeping.
          </>
        ) : (
          "One command for Claude Code, Codex, Cursor, Gemini and others. This line says when the first has connected."
        )}
      </span>
    </Step>
  );
}

function Import() {
  const to = useTo();
  const button = (
    <Button component={Link} to={to.transfer()} variant="default">
      Import a file
    </Button>
  );
  return (
    <Step icon={IconFileImport} title="Import" action={button}>
      Notes of Obsidian, Logseq or basic-memory, transcripts of agents, exports of other programs.
      You see what would be added before anything is.
    </Step>
  );
}

function Try() {
  const { workspace } = useScope();
  const add = useMutation({ mutationFn: () => addSamples(workspace), onError: showError });
  const button = (
    <Button variant="default" loading={add.isPending} onClick={() => add.mutate()}>
      Add 12 sample memories
    </Button>
  );
  return (
    <Step icon={IconSparkles} title="Try" action={button}>
      Decisions, conventions and problems of a small team, to search and edit. One click removes
      them again.
    </Step>
  );
}
