"""Store, find and watch: the Python client in a minute. Needs a running server, no account.

pip install ./clients/python
python examples/clients/quickstart.py [URL]
"""

import sys

from memorizer_client import Conflict, Memorizer


def main(url: str | None = None) -> None:
    """Run against the server at this address, or at MEMORIZER_URL."""
    with Memorizer(url) as memorizer:
        stored = memorizer.memories.put(
            "examples/deploying",
            "We deploy on Tuesdays, because on Fridays nobody is there to roll back.",
            tags=["ops"],
            metadata={"ticket": "X-1"},
        )
        print(f"stored {stored.key}, version {stored.version}")

        if stored.title_job_id:
            for step in memorizer.jobs.watch(stored.title_job_id):
                print(f"title: {step.status}")

        for hit in memorizer.search("which day do we ship", metadata={"ticket": "X-1"}).results:
            print(f"{hit.match}: {hit.memory.text}")

        try:
            memorizer.memories.put("examples/deploying", "On Mondays.", expected_version=99)
        except Conflict as conflict:
            print(f"not overwritten: {conflict}")

        memorizer.memories.delete_by_key("examples/deploying")


if __name__ == "__main__":
    main(*sys.argv[1:])
