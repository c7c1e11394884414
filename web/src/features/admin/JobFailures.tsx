import { Anchor, Table, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { to } from "@/lib/paths";
import { plural } from "@/lib/text";
import { Panel } from "@/ui/Panel";
import { ShowMore } from "@/ui/ShowMore";
import { Time } from "@/ui/Time";
import classes from "./JobsTable.module.css";
import { admin } from "./queries";

/** The items of a bulk job that failed, each with its reason and its memory. */
export function JobFailures({ jobId, failed }: { jobId: string; failed: number }) {
  const query = useInfiniteQuery({ ...admin.failures(jobId), enabled: failed > 0 });
  const failures = query.data?.pages.flatMap((page) => page.failures);
  if (failed === 0) return null;
  return (
    <section aria-labelledby="failures">
      <Title order={2} size="h3" mb="xs" id="failures">
        {plural(failed, "memory", "memories")} failed
      </Title>
      <Panel flush>
        <Table className={classes.table} verticalSpacing="sm" horizontalSpacing="1.25rem">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Why</Table.Th>
              <Table.Th w={110} visibleFrom="xs">
                When
              </Table.Th>
              <Table.Th w={90}>Memory</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {failures?.map(({ itemId, error, at }) => (
              <Table.Tr key={itemId} className={classes.row}>
                <Table.Td>{error}</Table.Td>
                <Table.Td visibleFrom="xs">
                  <Time at={at} />
                </Table.Td>
                <Table.Td>
                  <Anchor
                    component={Link}
                    to={to.memory(itemId)}
                    aria-label={`Open it: memory ${itemId}`}
                  >
                    Open it
                  </Anchor>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
      <ShowMore {...query} />
    </section>
  );
}
