import { Button, Group, Text, Title } from "@mantine/core";
import { IconPlayerPause, IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import type { JobState, MinuteCount, QueueCounts } from "@/api/schema";
import { to } from "@/lib/paths";
import { count } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import { showError } from "@/ui/toast";
import classes from "./QueueCard.module.css";
import { steer } from "./queries";
import tones from "./State.module.css";
import { COUNTED, type QueueWords, STATES } from "./states";
import { Throughput } from "./Throughput";

interface Props {
  queue: QueueWords;
  counts: QueueCounts;
  minutes: MinuteCount[] | undefined;
}

export function QueueCard({ queue, counts, minutes }: Props) {
  return (
    <Panel aria-label={`${queue.title} queue`}>
      <div className={classes.head}>
        <div>
          <Group gap={8}>
            <Title order={2} size="h3">
              {queue.title}
            </Title>
            {counts.paused && <span className={classes.paused}>Paused</span>}
          </Group>
          <Text size="sm" c="dimmed">
            {queue.description}
          </Text>
        </div>
        <PauseButton queue={queue} paused={counts.paused} />
      </div>
      <div className={classes.counts}>
        {COUNTED.map((state) => (
          <StateCount key={state} queue={queue} state={state} amount={counts[state]} />
        ))}
      </div>
      <Throughput minutes={minutes} />
    </Panel>
  );
}

interface CountProps {
  queue: QueueWords;
  state: JobState;
  amount: number;
}

function StateCount({ queue, state, amount }: CountProps) {
  const text = count(amount);
  return (
    <Link
      to={to.jobs({ queue: queue.name, state })}
      className={`${tones.toned} ${classes.count}`}
      data-state={state}
      data-none={amount === 0 || undefined}
    >
      <span
        className={classes.number}
        style={{ "--characters": text.length } as React.CSSProperties}
      >
        {text}
      </span>
      <span className={classes.label}>{STATES[state].label}</span>
    </Link>
  );
}

function PauseButton({ queue, paused }: { queue: QueueWords; paused: boolean }) {
  const queries = useQueryClient();
  const toggle = useMutation({
    mutationFn: () => (paused ? steer.resume(queue.name) : steer.pause(queue.name)),
    onError: showError,
    onSettled: () => queries.invalidateQueries({ queryKey: ["jobs", "counts"] }),
  });
  const Picture = paused ? IconPlayerPlay : IconPlayerPause;
  return (
    <Button
      variant="default"
      size="compact-sm"
      leftSection={<Picture size={14} />}
      loading={toggle.isPending}
      onClick={() => toggle.mutate()}
      aria-label={`${paused ? "Resume" : "Pause"} the ${queue.title.toLowerCase()} queue`}
    >
      {paused ? "Resume" : "Pause"}
    </Button>
  );
}
