import { Anchor, Code, Group, SegmentedControl, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { connection } from "@/api/connection";
import { session } from "@/api/session";
import { to } from "@/lib/paths";
import { ROOT } from "@/lib/root";
import { CopyBlock } from "@/ui/CopyBlock";
import { PageHeader } from "@/ui/PageHeader";
import { Panel } from "@/ui/Panel";
import { Time } from "@/ui/Time";
import classes from "./ConnectPage.module.css";
import { CLIENTS, clientOf, type Client, type Transport, snippetsOf } from "./clients";
import { PROMPT, TOOLS } from "./prompt";

const TRANSPORTS = [
  { value: "stdio", label: "stdio" },
  { value: "http", label: "HTTP" },
];
const DESCRIPTIONS: Record<Transport, string> = {
  stdio: "Your agent starts Memorizer itself. It must be installed on the same machine.",
  http: "Your agent connects to this server while it runs.",
};

/** Everything to copy so that an agent has this memory, and uses it. */
export function ConnectPage() {
  const [params, setParams] = useSearchParams();
  const client = clientOf(params.get("client"));
  const transport: Transport = params.get("over") === "http" ? "http" : "stdio";
  const over = (next: string) =>
    setParams({ client: client.id, over: next }, { replace: true, preventScrollReset: true });
  return (
    <>
      <PageHeader title="Connect">Connect your agent over MCP.</PageHeader>
      <Stack gap="lg">
        <Panel aria-label="Configuration">
          <Group justify="space-between" mb="sm">
            <Title order={2} size="h3">
              1. Tell your agent where it is
            </Title>
            <SegmentedControl
              size="xs"
              aria-label="Way to connect"
              data={TRANSPORTS}
              value={transport}
              onChange={over}
            />
          </Group>
          <Choice chosen={client} transport={transport} />
          <Text size="sm" c="dimmed" my="md">
            {DESCRIPTIONS[transport]}
          </Text>
          <Snippets client={client} transport={transport} />
          <Connected />
        </Panel>
        <Panel aria-label="Instructions for the agent">
          <Title order={2} size="h3" mb={4}>
            2. Tell it to use it
          </Title>
          <CopyBlock
            where="Into your agent's instructions: CLAUDE.md, AGENTS.md, GEMINI.md, Cursor rules, a system prompt"
            text={PROMPT}
            prose
          />
        </Panel>
        <Panel aria-label="Tools">
          <Title order={2} size="h3" mb="md">
            Available tools
          </Title>
          <dl className={classes.tools}>
            {TOOLS.map(([name, description]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{description}</dd>
              </div>
            ))}
          </dl>
        </Panel>
      </Stack>
    </>
  );
}

/** Says when an agent's handshake arrived, so that one sees whether it worked. */
function Connected() {
  const { data } = useQuery(connection.clients());
  if (!data) return null;
  return (
    <div role="status">
      {data.clients.slice(0, 5).map(({ name, at }) => (
        <Text key={name} size="sm" mt="md">
          {name} connected <Time at={at} />.
        </Text>
      ))}
      {data.count === 0 && (
        <Text size="sm" c="dimmed" mt="md">
          No agent has connected since this server began.
        </Text>
      )}
    </div>
  );
}

function Choice({ chosen, transport }: { chosen: Client; transport: Transport }) {
  return (
    <nav className={classes.clients} aria-label="Agents">
      {CLIENTS.map(({ id, name }) => (
        <Link
          key={id}
          to={`?client=${id}&over=${transport}`}
          replace
          preventScrollReset
          className={classes.client}
          aria-current={id === chosen.id || undefined}
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Snippets({ client, transport }: { client: Client; transport: Transport }) {
  const { data } = useQuery(session.current());
  const wantsToken = data?.required ?? false;
  const local = useQuery(connection.local());
  if (local.isPending) return <Skeleton height={120} />;
  const { command = ["memorizer"], dataDir = "" } = local.data ?? {};
  const snippets = snippetsOf(client, transport, {
    url: `${location.origin}${ROOT}/mcp`,
    wantsToken,
    command,
    dataDir,
  });
  if (typeof snippets === "string") return <Text>{snippets}</Text>;
  return (
    <Stack gap="md">
      {snippets.map(({ where, text }) => (
        <CopyBlock key={where} where={where} text={text} />
      ))}
      {transport === "http" && wantsToken && (
        <Text size="sm">
          <strong>In place of TOKEN</strong> put one of the scope <Code>write</Code>:{" "}
          <Anchor component={Link} to={to.access()} inherit>
            Admin → Access
          </Anchor>{" "}
          makes it, under a name by which you will know what this agent did.
        </Text>
      )}
      <Text size="sm">
        <strong>Does it work?</strong> {withCode(client.check)}
      </Text>
    </Stack>
  );
}

/** What stands between backticks, as code. */
function withCode(text: string) {
  return text.split("`").map((part, n) => (n % 2 === 1 ? <Code key={part}>{part}</Code> : part));
}
