#!/usr/bin/env bash
# Package: @modelcontextprotocol/server-memory 2026.8.31 (npm). Seen on 2026-11-30.
#
# Guess: the reference memory server keeps one entity per name: it answers a `create_entities` for a
# name that is there with an empty list, and the same observation or relation is not stored twice.
#
# Seen: that holds against what is in the file, not within one call. Two entities of one name in one
# `create_entities` are both written, and so are a relation and an observation named twice in one call.
# After that the second entity of the name is out of reach: observations are added to and deleted from
# the first alone, and `open_nodes` returns both.
set -euo pipefail
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp"
npm install --silent --no-audit --no-fund --no-package-lock --cache "$tmp/cache" \
  @modelcontextprotocol/server-memory@2026.8.31
cat > client.py <<'PY'
import json
import os
import subprocess

MAIN = "node_modules/@modelcontextprotocol/server-memory/dist/index.js"
FILE = os.path.abspath("memory.jsonl")
server = subprocess.Popen(
    ["node", MAIN],
    stdin=subprocess.PIPE,
    stdout=subprocess.PIPE,
    stderr=subprocess.DEVNULL,
    text=True,
    env={**os.environ, "MEMORY_FILE_PATH": FILE},
)


def send(**message: object) -> None:
    server.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
    server.stdin.flush()


def call(tool: str, **arguments: object) -> dict:
    send(id=1, method="tools/call", params={"name": tool, "arguments": arguments})
    return json.loads(server.stdout.readline())["result"]["structuredContent"]


def ada(observation: str) -> dict:
    return {"name": "Ada", "entityType": "person", "observations": [observation]}


hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "finding", "version": "1"}}
send(id=0, method="initialize", params=hello)
server.stdout.readline()
send(method="notifications/initialized")

created = call("create_entities", entities=[ada("likes tea"), ada("lives in Lund")])["entities"]
print("two of one name in one call, created:", len(created))
again = call("create_entities", entities=[ada("plays chess")])["entities"]
print("the name again in a second call, created:", len(again))
added = call("add_observations", observations=[{"entityName": "Ada", "contents": ["sings", "sings"]}])
print("one observation twice in one call, added:", added["results"][0]["addedObservations"])
later = call("add_observations", observations=[{"entityName": "Ada", "contents": ["sings"]}])
print("that observation in a second call, added:", later["results"][0]["addedObservations"])
knows = {"from": "Ada", "to": "Ada", "relationType": "knows"}
relations = call("create_relations", relations=[knows, knows])["relations"]
print("one relation twice in one call, created:", len(relations))
later_relations = call("create_relations", relations=[knows])["relations"]
opened = call("open_nodes", names=["Ada"])["entities"]
print("open_nodes:", opened)
server.stdin.close()
server.wait(30)

assert len(again) == 0 and later["results"][0]["addedObservations"] == [], "the ordinary case"
assert later_relations == [], "the ordinary case"
assert len(created) == 2 and len(relations) == 2, "once now"
assert [entity["observations"] for entity in opened] == [["likes tea", "sings", "sings"], ["lives in Lund"]]
with open(FILE) as lines:
    assert sum(json.loads(line)["type"] == "entity" for line in lines) == 2
PY
python3 client.py
echo 'Still so.'
