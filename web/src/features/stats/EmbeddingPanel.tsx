import { Anchor, Group, Progress, Text, Title } from "@mantine/core";
import { Link } from "react-router";
import type { EmbeddingStatus, StoreStats } from "@/api/schema";
import { useMayAdminister } from "@/api/session";
import { count } from "@/lib/text";
import { useTo } from "@/lib/useScope";
import { Panel } from "@/ui/Panel";
import classes from "./EmbeddingPanel.module.css";

const PARTS: Record<EmbeddingStatus, { label: string; color: string }> = {
  ready: { label: "embedded", color: "var(--mantine-color-green-7)" },
  pending: { label: "to be embedded", color: "var(--mantine-color-honey-4)" },
  failed: { label: "could not be embedded", color: "var(--mantine-color-red-6)" },
};
const STATUSES = Object.keys(PARTS) as EmbeddingStatus[];

/** With which model memories are found by meaning, and how many can be. */
export function EmbeddingPanel({ store }: { store: StoreStats }) {
  const to = useTo();
  const mayAdminister = useMayAdminister();
  const { model, embedding } = store;
  return (
    <Panel aria-label="Embeddings">
      <Group justify="space-between" mb={4}>
        <Title order={2} size="h3">
          Embeddings
        </Title>
        {mayAdminister && (
          <Anchor component={Link} to={to.admin()} size="sm">
            Admin
          </Anchor>
        )}
      </Group>
      <Text size="sm" c="dimmed" mb="md">
        {model ? `${model.name}, ${count(model.dimensions)} dimensions.` : "No model in use yet."}{" "}
        {embedding.mismatch}
      </Text>
      <Coverage store={store} />
    </Panel>
  );
}

function Coverage({ store: { embeddings, memories } }: { store: StoreStats }) {
  return (
    <>
      <Progress.Root size={12} radius="xl">
        {STATUSES.map((status) => (
          <Progress.Section
            key={status}
            value={((embeddings[status] ?? 0) / Math.max(1, memories)) * 100}
            color={PARTS[status].color}
            aria-label={PARTS[status].label}
          />
        ))}
      </Progress.Root>
      <div className={classes.legend}>
        {STATUSES.map((status) => (
          <span key={status}>
            <i style={{ background: PARTS[status].color }} />
            <Amount status={status} number={embeddings[status] ?? 0} />
          </span>
        ))}
      </div>
    </>
  );
}

/** Those that failed can be looked at: each says why in its job, and a change of its text helps. */
function Amount({ status, number }: { status: EmbeddingStatus; number: number }) {
  const to = useTo();
  const words = `${count(number)} ${PARTS[status].label}`;
  if (status !== "failed" || number === 0) return words;
  return (
    <Anchor component={Link} to={to.memories({ embedding: status, archived: "all" })} inherit>
      {words}
    </Anchor>
  );
}
