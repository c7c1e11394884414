"""Route and schema for connecting an agent on the same machine: how this Memorizer is started."""

from fastapi import APIRouter, Request
from pydantic import Field

from memorizer.http.app_state import state_of
from memorizer.http.dependencies import AdminServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas import ResponseModel


class LocalCommand(ResponseModel):
    """How an agent on this machine starts Memorizer on this server's data."""

    command: list[str] = Field(
        description="The full path of the command, with its first arguments if it has any.",
        examples=[["/home/me/memorizer/.venv/bin/memorizer"]],
    )
    data_dir: str = Field(
        description="The data directory of this server.", examples=["/home/me/.memorizer"]
    )


router = APIRouter(prefix="/api/connect", tags=["access"], responses=problems(400, 403, 503))


@router.get("")
async def get_local_command(request: Request, _: AdminServicesDep) -> LocalCommand:
    """Return the command and data directory for agents that start Memorizer themselves.

    A token that is bound to workspaces is refused: the command sees the whole store.
    """
    state = state_of(request.app)
    return LocalCommand(command=list(state.command), data_dir=state.data_dir)
