import { expect, test } from "vitest";
import { CLIENTS, clientOf, snippetsOf } from "./clients";
import { PROMPT, TOOLS } from "./prompt";

const URL = "http://localhost:5000/mcp";
const HERE = { url: URL, command: ["/opt/mem/bin/memorizer"], dataDir: "/home/me/My memory" };
const ways = CLIENTS.flatMap((client) =>
  (["stdio", "http"] as const).map((transport) => ({
    way: `${client.name} over ${transport}`,
    transport,
    snippets: snippetsOf(client, transport, { ...HERE, wantsToken: false }),
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
    expect(text).toMatch(transport === "http" ? URL : / (mcp|connect)|"mcp"/);
  },
);

test.each(open.filter(({ text }) => text.startsWith("{")))("$way: the file is JSON", ({ text }) => {
  const [key] = Object.keys(JSON.parse(text) as object);
  expect(["mcpServers", "servers"]).toContain(key);
});

test.each(CLIENTS.filter(({ id }) => id !== "claude-desktop"))(
  "$name: where the server wants a token, every way over HTTP has a place for one",
  (client) => {
    const snippets = snippetsOf(client, "http", { ...HERE, wantsToken: true });
    expect(snippets).not.toHaveLength(0);
    for (const { text } of snippets as { text: string }[]) expect(text).toContain("Bearer TOKEN");
    const local = snippetsOf(client, "stdio", { ...HERE, wantsToken: true });
    expect(JSON.stringify(local)).not.toContain("TOKEN");
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

test.each(open.filter(({ transport }) => transport === "stdio"))(
  "$way: the command is named in full, and so is the server's data ($where)",
  ({ text }) => {
    expect(text).toContain("/opt/mem/bin/memorizer");
    expect(text).toContain("--data-dir");
    expect(text).toContain("/home/me/My memory");
  },
);

test("the short way comes first, and blanks are in quotes", () => {
  const [first] = snippetsOf(clientOf("codex"), "stdio", { ...HERE, wantsToken: false });
  expect((first as { text: string }).text).toBe(
    "/opt/mem/bin/memorizer connect codex --data-dir '/home/me/My memory'",
  );
});

test.each([
  ["C:\\Program Files\\memorizer.exe", '"C:\\Program Files\\memorizer.exe" connect'],
  ["/home/o'hara/memorizer", "'/home/o'\\''hara/memorizer' connect"],
])("%s is quoted as its system does", (command, beginning) => {
  const server = { url: URL, wantsToken: false, command: [command], dataDir: "" };
  const [first] = snippetsOf(clientOf("cursor"), "stdio", server);
  expect((first as { text: string }).text.startsWith(beginning)).toBe(true);
});
