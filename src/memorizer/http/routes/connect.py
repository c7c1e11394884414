"""Route and schema for connecting an agent on the same machine: how this Memorizer is started."""

from fastapi import APIRouter, Request
from pydantic import Field

from memorizer.domain.timestamps import to_iso
from memorizer.http.app_state import state_of
from memorizer.http.dependencies import AdminServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas import ResponseModel, Timestamp


class LocalCommand(ResponseModel):
    """How an agent on this machine starts Memorizer on this server's data."""

    command: list[str] = Field(
        description="The full path of the command, with its first arguments if it has any.",
        examples=[["/home/me/memorizer/.venv/bin/memorizer"]],
    )
    data_dir: str = Field(
        description="The data directory of this server.", examples=["/home/me/.memorizer"]
    )


class ConnectedClient(ResponseModel):
    """An agent that has connected over MCP."""

    name: str = Field(description="As it calls itself.", examples=["claude-code"])
    at: Timestamp = Field(description="When its last handshake was.")


class ConnectedClients(ResponseModel):
    """Agents that have connected since this server began, the last one first."""

    clients: list[ConnectedClient]
    count: int = Field(examples=[1])


router = APIRouter(prefix="/api/connect", tags=["access"], responses=problems(400, 403, 503))


@router.get("")
async def get_local_command(request: Request, _: AdminServicesDep) -> LocalCommand:
    """Return the command and data directory for agents that start Memorizer themselves.

    A token that is bound to workspaces is refused: the command sees the whole store.
    """
    state = state_of(request.app)
    return LocalCommand(command=list(state.command), data_dir=state.data_dir)


@router.get("/clients")
async def list_connected_clients(services: AdminServicesDep) -> ConnectedClients:
    """List the agents whose MCP handshake arrived since this server began."""
    listed = [
        ConnectedClient(name=each.name, at=to_iso(each.at)) for each in services.clients.newest()
    ]
    return ConnectedClients(clients=listed, count=len(listed))
