"""`memorizer start`, `worker`, `mcp` and `openapi`."""

from typing import Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import DataDir, LogLevel, Workspace


def start(
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on (default: 127.0.0.1); on any that other machines can "
            "reach, a token is required.",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option("--port", "-p", metavar="PORT", help="Port to listen on (default: 5000)."),
    ] = None,
    data_dir: DataDir = None,
    no_worker: Annotated[
        bool,
        typer.Option(
            "--no-worker",
            metavar="",
            help="Do not run background jobs; leave them to `memorizer worker`.",
        ),
    ] = False,
    log_level: LogLevel = None,
) -> None:
    """Start the server on http://localhost:5000, with a worker for background jobs.

    Press Ctrl-C to stop it.
    """
    from memorizer.cli import access_policy
    from memorizer.http.server import listen_socket

    settings = session.load_settings(
        host=host,
        port=port,
        data_dir=data_dir,
        worker=False if no_worker else None,
        log_level=log_level,
    )
    access_policy.refuse_open_server(settings)
    # Report a port in use before spending seconds on imports. Where others can connect, take the
    # port only after checking that they need a token.
    listener = (
        None
        if access_policy.is_exposed(settings)
        else listen_socket.listen(settings.host, settings.port)
    )
    session.open_data_dir(settings.data_dir)

    from memorizer.cli import server

    server.serve(settings, listener)


def worker(data_dir: DataDir = None, log_level: LogLevel = None) -> None:
    """Start a worker for background jobs, without the server.

    Any number of workers can share the jobs. Press Ctrl-C to stop it.
    """
    from memorizer.cli import server

    settings = session.load_settings(data_dir=data_dir, log_level=log_level)
    session.open_data_dir(settings.data_dir)
    server.work(settings)


def mcp(
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Serve MCP on standard input and output, for an agent that starts this command itself.

    If `memorizer start` runs on the same data directory, requests are forwarded to it. Otherwise
    this process opens the data directory, with a worker.
    """
    from memorizer.cli import mcp as stdio

    stdio.serve(data_dir, workspace)


def hook(
    event: Annotated[
        str,
        typer.Argument(
            metavar="EVENT",
            help="session-start, prompt, pre-compact or session-end.",
            show_default=False,
        ),
    ],
    client: Annotated[
        str,
        typer.Option(
            metavar="CLIENT", help="claude-code, codex, cursor or gemini.", show_default=False
        ),
    ],
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Answer a hook of a coding agent; `memorizer connect CLIENT --hooks` enters it there.

    Reads the client's JSON and prints the context that the running server has for it, within two
    seconds. Without a server, or whatever goes wrong, it prints nothing. It starts no process.
    """
    from memorizer.cli import hook as answering

    places = {"--workspace": workspace, "--data-dir": data_dir}
    options = [part for name, value in places.items() if value for part in (name, str(value))]
    answering.run([event, "--client", client, *options])


def openapi() -> None:
    """Print the OpenAPI description of the REST API."""
    from memorizer.http.app import openapi_text

    console.json_line(openapi_text().rstrip("\n"))
