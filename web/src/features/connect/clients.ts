export type Door = "stdio" | "http";

/** One thing to copy: where it goes, and the text. */
export interface Snippet {
  where: string;
  text: string;
}

export interface Client {
  id: string;
  name: string;
  /** What to copy, the easiest way first; a sentence if there is no way. */
  stdio: Snippet[] | string;
  http: (url: string) => Snippet[] | string;
  /** How to see that it works. */
  check: string;
}

const COMMAND = { command: "memorizer", args: ["mcp"] };
const json = (value: object) => JSON.stringify(value, null, 2);
const mcpServers = (entry: object) => json({ mcpServers: { memorizer: entry } });

/** Every agent whose configuration the page knows; the only place to add one. */
export const CLIENTS: Client[] = [
  {
    id: "claude-code",
    name: "Claude Code",
    stdio: [
      { where: "In a terminal", text: "claude mcp add --scope user memorizer -- memorizer mcp" },
    ],
    http: (url) => [
      {
        where: "In a terminal",
        text: `claude mcp add --scope user --transport http memorizer ${url}`,
      },
    ],
    check: "`claude mcp list` shows memorizer as connected; so does /mcp in a session.",
  },
  {
    id: "claude-desktop",
    name: "Claude Desktop",
    stdio: [
      {
        where: "Settings → Developer → Edit Config (claude_desktop_config.json)",
        text: mcpServers(COMMAND),
      },
    ],
    http: () =>
      "Claude Desktop reaches servers over HTTP only if they are on the internet. For one on this machine, take stdio.",
    check:
      "Restart Claude Desktop; memorizer stands among its connectors. If it is not found, give the full path that `which memorizer` prints as the command.",
  },
  {
    id: "cursor",
    name: "Cursor",
    stdio: [{ where: "~/.cursor/mcp.json", text: mcpServers(COMMAND) }],
    http: (url) => [{ where: "~/.cursor/mcp.json", text: mcpServers({ url }) }],
    check: "Settings → MCP shows memorizer with a green dot and its tools.",
  },
  {
    id: "vscode",
    name: "VS Code",
    stdio: [
      {
        where: ".vscode/mcp.json, or “MCP: Open User Configuration” for all projects",
        text: json({ servers: { memorizer: { type: "stdio", ...COMMAND } } }),
      },
    ],
    http: (url) => [
      {
        where: ".vscode/mcp.json, or “MCP: Open User Configuration” for all projects",
        text: json({ servers: { memorizer: { type: "http", url } } }),
      },
    ],
    check: "“MCP: List Servers” shows memorizer as running.",
  },
  {
    id: "codex",
    name: "Codex",
    stdio: [
      { where: "In a terminal", text: "codex mcp add memorizer -- memorizer mcp" },
      {
        where: "Or in ~/.codex/config.toml",
        text: '[mcp_servers.memorizer]\ncommand = "memorizer"\nargs = ["mcp"]',
      },
    ],
    http: (url) => [
      { where: "In a terminal", text: `codex mcp add memorizer --url ${url}` },
      {
        where: "Or in ~/.codex/config.toml",
        text: `[mcp_servers.memorizer]\nurl = "${url}"`,
      },
    ],
    check: "`codex mcp list` shows memorizer.",
  },
  {
    id: "gemini",
    name: "Gemini CLI",
    stdio: [
      { where: "In a terminal", text: "gemini mcp add --scope user memorizer memorizer mcp" },
      { where: "Or in ~/.gemini/settings.json", text: mcpServers(COMMAND) },
    ],
    http: (url) => [
      {
        where: "In a terminal",
        text: `gemini mcp add --scope user --transport http memorizer ${url}`,
      },
      { where: "Or in ~/.gemini/settings.json", text: mcpServers({ httpUrl: url }) },
    ],
    check: "`gemini mcp list` shows memorizer as connected; so does /mcp in a session.",
  },
];

export function clientOf(id: string | null): Client {
  const [first] = CLIENTS;
  const found = CLIENTS.find((client) => client.id === id) ?? first;
  if (!found) throw new Error("There is at least one client.");
  return found;
}

export function snippetsOf(client: Client, door: Door, url: string): Snippet[] | string {
  return door === "stdio" ? client.stdio : client.http(url);
}
