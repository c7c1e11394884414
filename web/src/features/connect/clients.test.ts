import { expect, test } from "vitest";
import { CLIENTS, clientOf, snippetsOf } from "./clients";
import { PROMPT, TOOLS } from "./prompt";

const URL = "http://localhost:5000/mcp";
const ways = CLIENTS.flatMap((client) =>
  (["stdio", "http"] as const).map((transport) => ({
    way: `${client.name} over ${transport}`,
    transport,
    snippets: snippetsOf(client, transport, { url: URL, wantsToken: false }),
  })),
);
const open = ways.flatMap(({ way, transport, snippets }) =>
  typeof snippets === "string"
    ? []
    : snippets.map(({ where, text }) => ({ way, transport, where, text })),
);

test.each(open)(
  "$way: what to copy names the server and the way to it ($where)",
  ({ transport, text }) => {
    expect(text).toContain("memorizer");
    expect(text).toContain(transport === "http" ? URL : "mcp");
  },
);

test.each(open.filter(({ text }) => text.startsWith("{")))("$way: the file is JSON", ({ text }) => {
  const [key] = Object.keys(JSON.parse(text) as object);
  expect(["mcpServers", "servers"]).toContain(key);
});

test.each(CLIENTS.filter(({ id }) => id !== "claude-desktop"))(
  "$name: where the server wants a token, every way over HTTP has a place for one",
  (client) => {
    const snippets = snippetsOf(client, "http", { url: URL, wantsToken: true });
    expect(snippets).not.toHaveLength(0);
    for (const { text } of snippets as { text: string }[]) expect(text).toContain("Bearer TOKEN");
    expect(JSON.stringify(client.stdio)).not.toContain("TOKEN");
  },
);

test("where there is no way, a sentence says why", () => {
  const closed = ways.filter(({ snippets }) => typeof snippets === "string");
  expect(closed.map(({ way }) => way)).toEqual(["Claude Desktop over http"]);
  expect(closed[0]?.snippets).toMatch(/stdio\.$/);
});

test("an unknown agent is the first one", () => {
  expect(clientOf("nobody").id).toBe("claude-code");
  expect(clientOf("codex").name).toBe("Codex");
});

test("the instructions name only tools that there are", () => {
  const tools = TOOLS.map(([name]) => name);
  const named = [...PROMPT.matchAll(/`(\w+)`/g)].map(([, word]) => word);
  const fields = ["type", "tags", "title"];
  expect(
    named
      .filter((word) => !fields.includes(word ?? ""))
      .every((word) => tools.includes(word ?? "")),
  ).toBe(true);
});
