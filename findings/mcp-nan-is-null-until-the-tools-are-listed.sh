#!/usr/bin/env bash
# Packages: mcp 2.3.0 (PyPI), @modelcontextprotocol/sdk 1.32.2 (npm). Seen on 2026-12-01.
#
# Guess: a tool of the Python SDK that says it returns `dict[str, float]` and returns a NaN (the mean of
# no numbers) fails in the server, which checks what it returns against the schema that it publishes;
# and a client takes an answer or refuses it, whatever it has asked for before.
#
# Seen: the server answers with no error, NaN in the text and null in the structured content, which its
# own output schema refuses ("type": "number"). The Node client returns that answer as long as it has
# not listed the tools, and throws for the same call once it has: only then does it know a schema.
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


@server.tool()
def mean(numbers: list[float]) -> dict[str, float]:
    return {"mean": sum(numbers) / len(numbers) if numbers else float("nan")}


server.run("stdio")
PY
cat > finding.mjs <<'JS'
import assert from "node:assert/strict";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";

const client = new Client({ name: "reader", version: "1" });
await client.connect(new StdioClientTransport({ command: process.argv[2], args: ["server.py"], stderr: "ignore" }));

async function mean(when, numbers) {
  let got;
  try {
    const { isError, content, structuredContent } = await client.callTool({ name: "mean", arguments: { numbers } });
    assert.ok(!isError, "the server refuses it now");
    got = { text: JSON.stringify(content[0].text), structured: JSON.stringify(structuredContent) };
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    got = { thrown: error.message };
  }
  console.log(`${when}, mean of [${numbers}]:`, got);
  return got;
}

assert.equal((await mean("not listed", [1, 2])).structured, '{"mean":1.5}', "the ordinary case");
const before = await mean("not listed", []);
assert.equal(before.structured, '{"mean":null}');
assert.match(before.text, /NaN/);
const [tool] = (await client.listTools()).tools;
assert.deepEqual(tool.outputSchema.additionalProperties, { type: "number" });
assert.equal((await mean("listed", [1, 2])).structured, '{"mean":1.5}', "the ordinary case");
assert.match((await mean("listed", [])).thrown ?? "", /does not match the tool's output schema/);
await client.close();
JS
node finding.mjs "$tmp/venv/bin/python"
echo 'Still so.'
