from memorizer.cli.main import run

run()
