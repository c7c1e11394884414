"""Claude's memory tool with versions and a trash. Plays the model's part: no account.

    pip install './clients/python[anthropic]'
    python examples/clients/memory_tool.py [URL]

With an account: `anthropic.Anthropic().beta.messages.run_tools(tools=[tool], ...)`.
"""

import sys

from memorizer_client.anthropic import MemorizerMemoryTool

FILE = "/memories/preferences.md"
CALLS = (
    {"command": "view", "path": "/memories"},
    {"command": "create", "path": FILE, "file_text": "# Preferences\n- Tabs, not spaces\n"},
    {"command": "str_replace", "path": FILE, "old_str": "Tabs, not", "new_str": "Four"},
    {"command": "insert", "path": FILE, "insert_line": 2, "insert_text": "- Type hints"},
    {"command": "view", "path": FILE},
    {"command": "delete", "path": FILE},
)


def main(url: str | None = None) -> None:
    """Run against the server at this address, or at MEMORIZER_URL."""
    tool = MemorizerMemoryTool(url, prefix="examples/memories")
    for call in CALLS:
        print(f"> {call['command']}\n{tool.call(call)}")
    tool.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
