export type Transport = "stdio" | "http";

/** One thing to copy: where it goes, and the text. */
export interface Snippet {
  where: string;
  text: string;
}

/** Where the server is, and whether it wants a token. */
export interface Server {
  url: string;
  wantsToken: boolean;
}

export interface Client {
  id: string;
  name: string;
  /** What to copy, the easiest way first; a sentence if there is no way. */
  stdio: Snippet[] | string;
  http: (server: Server) => Snippet[] | string;
  /** How to see that it works. */
  check: string;
}

const COMMAND = { command: "memorizer", args: ["mcp"] };
const json = (value: object) => JSON.stringify(value, null, 2);
const BEARER = "Authorization: Bearer TOKEN";
const HEADERS = { headers: { Authorization: "Bearer TOKEN" } };
const flag = (wantsToken: boolean) => (wantsToken ? ` --header "${BEARER}"` : "");
const headers = (wantsToken: boolean) => (wantsToken ? HEADERS : {});
const mcpServers = (entry: object) => json({ mcpServers: { memorizer: entry } });

/** Every agent whose configuration the page knows; the only place to add one. */
export const CLIENTS: Client[] = [
  {
    id: "claude-code",
    name: "Claude Code",
    stdio: [
      { where: "In a terminal", text: "claude mcp add --scope user memorizer -- memorizer mcp" },
    ],
    http: ({ url, wantsToken }) => [
      {
        where: "In a terminal",
        text: `claude mcp add --scope user --transport http memorizer ${url}${flag(wantsToken)}`,
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
    http: ({ url, wantsToken }) => [
      { where: "~/.cursor/mcp.json", text: mcpServers({ url, ...headers(wantsToken) }) },
    ],
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
    http: ({ url, wantsToken }) => [
      {
        where: ".vscode/mcp.json, or “MCP: Open User Configuration” for all projects",
        text: json({ servers: { memorizer: { type: "http", url, ...headers(wantsToken) } } }),
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
    http: ({ url, wantsToken }) => [
      {
        where: "In ~/.codex/config.toml",
        text: `[mcp_servers.memorizer]\nurl = "${url}"${
          wantsToken ? '\nhttp_headers = { Authorization = "Bearer TOKEN" }' : ""
        }`,
      },
      ...(wantsToken
        ? []
        : [{ where: "Or in a terminal", text: `codex mcp add memorizer --url ${url}` }]),
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
    http: ({ url, wantsToken }) => [
      {
        where: "In a terminal",
        text: `gemini mcp add --scope user --transport http${flag(wantsToken)} memorizer ${url}`,
      },
      {
        where: "Or in ~/.gemini/settings.json",
        text: mcpServers({ httpUrl: url, ...headers(wantsToken) }),
      },
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

export function snippetsOf(client: Client, transport: Transport, server: Server): Snippet[] | string {
  return transport === "stdio" ? client.stdio : client.http(server);
}
