import { Accordion, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Panel } from "@/ui/Panel";
import classes from "./HelpPanel.module.css";
import { admin } from "./queries";
import { StateBadge } from "./StateBadge";
import { ALL_STATES } from "./states";

const TOPICS = [
  {
    title: "What do title jobs do?",
    text: "A memory that is stored without a title gets one in the background, made from its own text. If writing fails three times, the job fails with its reason; a placeholder is never written. A title that somebody gave is not touched unless you ask for that memory.",
  },
  {
    title: "What do embedding jobs do?",
    text: "They turn texts into vectors, by which search finds what means the same. Regenerating all builds the new vectors beside the old ones, and switches when all are there: search is never without. You need it after the embedding model was changed.",
  },
  {
    title: "What if the server stops?",
    text: "Nothing is lost. Jobs that were running are taken up again by the next worker, and bulk jobs go on where they stopped. A job that runs twice changes nothing the second time.",
  },
];

export function HelpPanel() {
  return (
    <Panel flush aria-labelledby="help">
      <Title order={2} size="h3" id="help" className={classes.head}>
        About the jobs
      </Title>
      <Accordion variant="default" order={3} multiple className={classes.topics}>
        {TOPICS.map(({ title, text }) => (
          <Accordion.Item key={title} value={title}>
            <Accordion.Control>{title}</Accordion.Control>
            <Accordion.Panel>
              <Text c="dimmed" maw="44rem">
                {text}
              </Text>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
        <Accordion.Item value="states">
          <Accordion.Control>What do the states mean?</Accordion.Control>
          <Accordion.Panel>
            <States />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Panel>
  );
}

function States() {
  const { data } = useQuery(admin.lifecycle());
  return (
    <dl className={classes.states}>
      {ALL_STATES.map((state) => (
        <div key={state}>
          <dt>
            <StateBadge state={state} />
          </dt>
          <dd>{data?.[state]?.meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
