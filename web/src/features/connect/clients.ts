export type Transport = "stdio" | "http";

/** One thing to copy: where it goes, and the text. */
export interface Snippet {
  where: string;
  text: string;
}

/** Where the server is, whether it wants a token, and how it is started on its machine. */
export interface Server {
  url: string;
  wantsToken: boolean;
  command: string[];
  dataDir: string;
}

export interface Client {
  id: string;
  name: string;
  /** What to copy, the easiest way first; a sentence if there is no way. */
  stdio: (local: Local) => Snippet[];
  http: (server: Server) => Snippet[] | string;
  /** How to see that it works. */
  check: string;
}

/** How an agent on the server's machine starts Memorizer on the server's data. */
interface Local {
  /** Of a configuration file. */
  entry: { command: string; args: string[] };
  /** As typed in a terminal. */
  line: string;
}

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
    stdio: ({ line }) => [
      {
        where: "Or by hand, in a terminal",
        text: `claude mcp add --scope user memorizer -- ${line}`,
      },
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
    stdio: ({ entry }) => [
      {
        where: "Settings → Developer → Edit Config (claude_desktop_config.json)",
        text: mcpServers(entry),
      },
    ],
    http: () =>
      "Claude Desktop reaches servers over HTTP only if they are on the internet. For one on this machine, take stdio.",
    check: "Restart Claude Desktop; memorizer stands among its connectors.",
  },
  {
    id: "cursor",
    name: "Cursor",
    stdio: ({ entry }) => [{ where: "~/.cursor/mcp.json", text: mcpServers(entry) }],
    http: ({ url, wantsToken }) => [
      { where: "~/.cursor/mcp.json", text: mcpServers({ url, ...headers(wantsToken) }) },
    ],
    check: "Settings → MCP shows memorizer with a green dot and its tools.",
  },
  {
    id: "vscode",
    name: "VS Code",
    stdio: ({ entry }) => [
      {
        where: ".vscode/mcp.json, or “MCP: Open User Configuration” for all projects",
        text: json({ servers: { memorizer: { type: "stdio", ...entry } } }),
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
    stdio: ({ entry, line }) => [
      { where: "In a terminal", text: `codex mcp add memorizer -- ${line}` },
      {
        where: "Or in ~/.codex/config.toml",
        text: `[mcp_servers.memorizer]\ncommand = ${JSON.stringify(entry.command)}\nargs = ${JSON.stringify(entry.args)}`,
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
    stdio: ({ entry, line }) => [
      { where: "In a terminal", text: `gemini mcp add --scope user memorizer ${line}` },
      { where: "Or in ~/.gemini/settings.json", text: mcpServers(entry) },
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

export function snippetsOf(
  client: Client,
  transport: Transport,
  server: Server,
): Snippet[] | string {
  if (transport === "http") return client.http(server);
  const [command = "memorizer", ...first] = server.command;
  const place = server.dataDir ? ["--data-dir", server.dataDir] : [];
  const args = [...first, "mcp", ...place];
  const short = typed([command, ...first, "connect", client.id, ...place]);
  return [
    { where: "The short way, in a terminal: it shows the change before it makes it", text: short },
    ...client.stdio({ entry: { command, args }, line: typed([command, ...args]) }),
  ];
}

/** Words as they are typed in a terminal; in quotes where they hold blanks and the like. */
function typed(words: string[]): string {
  return words.map((word) => (/^[\w@%+=:,./\\-]+$/.test(word) ? word : quoted(word))).join(" ");
}

function quoted(word: string): string {
  const isWindows = /^[A-Za-z]:\\/.test(word);
  return isWindows ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`;
}
