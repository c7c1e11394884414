"""Long-term memory for LangGraph: what one thread learns another one finds. No account.

    pip install './clients/python[langgraph]'
    python examples/clients/langgraph_store.py [URL]

In a graph: `builder.compile(store=MemorizerStore())`; nodes get it as `store`.
"""

import sys

from memorizer_client.langgraph import MemorizerStore


def main(url: str | None = None) -> None:
    """Run against the server at this address, or at MEMORIZER_URL."""
    store = MemorizerStore(url)
    user = ("examples", "users", "42")
    store.put(user, "food", {"text": "She eats no meat, but fish.", "certain": True})
    store.put(user, "work", {"text": "She writes compilers in Rust."})
    store.put(user, "mood", {"text": "She was tired this morning."}, ttl=60)

    for item in store.search(user, query="what can I cook for her", limit=1):
        print(f"{item.key}: {item.value['text']}")
    print([item.key for item in store.search(user, filter={"certain": True})])
    print(store.list_namespaces(prefix=("examples",)))

    for key in ("food", "work", "mood"):
        store.delete(user, key)
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
