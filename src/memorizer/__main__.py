from memorizer.cli.entry import run

run()
