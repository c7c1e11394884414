import { Button, Group, Skeleton, Text, Title } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { Check } from "@/api/schema";
import { Failure } from "@/ui/Failure";
import { Panel } from "@/ui/Panel";
import { Clock } from "./Clock";
import classes from "./HealthPanel.module.css";
import { admin } from "./queries";

/** Each part tried for real, when the page is opened and when somebody asks. */
export function HealthPanel() {
  const { data, error, refetch, isFetching, dataUpdatedAt } = useQuery(admin.readiness());
  return (
    <Panel aria-label="Health">
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h3">
          Health
        </Title>
        <Group gap="sm">
          {data && (
            <Text size="xs" c="dimmed">
              Tried <Clock at={dataUpdatedAt} />
            </Text>
          )}
          <Button
            variant="default"
            size="compact-sm"
            loading={isFetching}
            onClick={() => void refetch()}
          >
            Try again
          </Button>
        </Group>
      </Group>
      {data ? (
        <ul className={classes.checks}>
          {data.checks.map((check) => (
            <Part key={check.part} check={check} />
          ))}
        </ul>
      ) : error ? (
        <Failure error={error} />
      ) : (
        <Skeleton height={120} />
      )}
    </Panel>
  );
}

function Part({ check: { part, ok, detail, hint } }: { check: Check }) {
  const Picture = ok ? IconCircleCheck : IconAlertTriangle;
  return (
    <li data-ok={ok}>
      <Picture size={18} stroke={1.7} aria-label={ok ? "works" : "fails"} />
      <strong>{part}</strong>
      <span>
        {detail}
        {hint && ` ${hint}`}
      </span>
    </li>
  );
}
