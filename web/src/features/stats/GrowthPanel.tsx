import { Group, SegmentedControl, Skeleton, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSearchParams } from "react-router";
import { stats } from "@/api/stats";
import { keepScope } from "@/lib/scope";
import { useScope } from "@/lib/useScope";
import { Panel } from "@/ui/Panel";
import { GrowthChart } from "./GrowthChart";
import { pointsOf, SPANS, spanOf } from "./growth";

/** The span that is looked at stands in the address. */
export function GrowthPanel() {
  const [params, setParams] = useSearchParams();
  const { data, dataUpdatedAt } = useQuery(stats.growth(useScope()));
  const span = spanOf(params.get("days"));
  const show = (days: string) =>
    setParams(keepScope(new URLSearchParams({ days }), params), {
      replace: true,
      preventScrollReset: true,
    });
  return (
    <Panel aria-label="Growth">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3">
          Growth
        </Title>
        <SegmentedControl
          size="xs"
          aria-label="Span"
          data={[...SPANS]}
          value={span}
          onChange={show}
        />
      </Group>
      {data ? (
        <GrowthChart points={pointsOf(data.days, span, dataUpdatedAt)} />
      ) : (
        <Skeleton height={280} />
      )}
    </Panel>
  );
}
