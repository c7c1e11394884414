#!/usr/bin/env bash
# Packages: @modelcontextprotocol/sdk 1.32.2 (npm), mcp 2.3.0 (PyPI). Seen on 2026-12-01.
#
# Guess: a resource template such as `note://all/{title}` gives the server the title: what the SDK
# encodes when it fills in a template it decodes when it matches one, and the two SDKs agree.
#
# Seen: for `note://all/Green%20tea` a server of the Python SDK gets "Green tea", one of the Node SDK
# "Green%20tea", and for 50%25 it gets "50%25". Node's UriTemplate is not even its own inverse: `expand`
# encodes the title, `match` leaves it encoded. So a server looks in vain for each title with a space, an
# umlaut or a comma, while those of one plain word are found.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm install --silent --no-audit --no-fund --no-package-lock --cache "$tmp/cache" @modelcontextprotocol/sdk@1.32.2
python3 -m venv "$tmp/venv"
"$tmp/venv/bin/pip" install --quiet --disable-pip-version-check mcp==2.3.0
cat > server.py <<'PY'
from mcp.server import MCPServer

server = MCPServer("notes")


@server.resource("note://all/{title}")
def note(title: str) -> str:
    return title


server.run("stdio")
PY
cat > server.mjs <<'JS'
import { McpServer, ResourceTemplate } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const server = new McpServer({ name: "notes", version: "1" });
const template = new ResourceTemplate("note://all/{title}", { list: undefined });
server.registerResource("note", template, {}, (uri, { title }) => ({ contents: [{ uri: uri.href, text: title }] }));
await server.connect(new StdioServerTransport());
JS
cat > finding.mjs <<'JS'
import assert from "node:assert/strict";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { UriTemplate } from "@modelcontextprotocol/sdk/shared/uriTemplate.js";

async function titles(command, file) {
  const client = new Client({ name: "reader", version: "1" });
  await client.connect(new StdioClientTransport({ command, args: [file], stderr: "ignore" }));
  const got = [];
  for (const uri of ["note://all/Tea", "note://all/Green%20tea", "note://all/50%25", "note://all/Tea%2C%20gr%C3%BCn"]) {
    got.push((await client.readResource({ uri })).contents[0].text);
    console.log(`${file}: ${uri} is ${got.at(-1)}`);
  }
  await client.close();
  return got;
}

assert.deepEqual(await titles(process.argv[2], "server.py"), ["Tea", "Green tea", "50%", "Tea, grün"]);
assert.deepEqual(await titles("node", "server.mjs"), ["Tea", "Green%20tea", "50%25", "Tea%2C%20gr%C3%BCn"]);
const template = new UriTemplate("note://all/{title}");
const uri = template.expand({ title: "Green tea" });
console.log(`expanded: ${uri}, matched: ${template.match(uri).title}`);
assert.equal(uri, "note://all/Green%20tea");
assert.equal(template.match(uri).title, "Green%20tea", "decoded now");
JS
node finding.mjs "$tmp/venv/bin/python"
echo 'Still so.'
