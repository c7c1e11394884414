"""`python -m memorizer` is the command line."""

from memorizer.cli.entry import run

run()
