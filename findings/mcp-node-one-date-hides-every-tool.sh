#!/usr/bin/env bash
# Packages: @modelcontextprotocol/sdk 1.32.2, zod 4.6.7 (npm). Seen on 2026-12-01.
#
# Guess: a parameter that a server of the Node SDK cannot put into a JSON schema (`z.coerce.date()`, the
# natural way to take a day) is refused where it is registered, or published without a type, or costs
# that one tool.
#
# Seen: `registerTool` takes it, and `tools/call` works: the tool gets a Date. But `tools/list` answers
# with an error, "Date cannot be represented in JSON Schema", which names neither tool nor parameter, so
# a client that lists sees no tool at all of this server. A test that only calls the tool passes.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm install --silent --no-audit --no-fund --no-package-lock --cache "$tmp/cache" \
  @modelcontextprotocol/sdk@1.32.2 zod@4.6.7
cat > finding.mjs <<'JS'
import assert from "node:assert/strict";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { z } from "zod";

async function connected(day) {
  const server = new McpServer({ name: "notes", version: "1" });
  const answer = (value) => ({ content: [{ type: "text", text: String(value) }] });
  server.registerTool("titles", {}, () => answer("Tea"));
  server.registerTool("since", { inputSchema: { day } }, ({ day }) =>
    answer(day instanceof Date ? `Date ${day.toISOString()}` : day),
  );
  const client = new Client({ name: "reader", version: "1" });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await Promise.all([server.connect(there), client.connect(here)]);
  return client;
}

async function listed(client) {
  try {
    return (await client.listTools()).tools.map((tool) => tool.name).join(", ");
  } catch (error) {
    return error.message;
  }
}

for (const [label, day, list, got] of [
  ["z.iso.date()", z.iso.date(), /^titles, since$/, "2026-11-30"],
  ["z.coerce.date()", z.coerce.date(), /Date cannot be represented in JSON Schema/, "Date 2026-11-30T00:00:00.000Z"],
]) {
  const client = await connected(day);
  const called = await client.callTool({ name: "since", arguments: { day: "2026-11-30" } });
  const tools = await listed(client);
  console.log(`${label}: called ${called.content[0].text}; listed: ${tools}`);
  assert.equal(called.content[0].text, got);
  assert.match(tools, list);
  assert.doesNotMatch(tools, list.source.startsWith("^") ? /error/ : /since|day|titles/);
}
JS
node finding.mjs
echo 'Still so.'
