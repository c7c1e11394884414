"""Backups: how they stand, and making one now."""

import structlog
from fastapi import APIRouter

from memorizer.http.dependencies import Actor, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas.backups import Backup, Backups

log = structlog.get_logger(__name__)

router = APIRouter(prefix="/api/admin/backups", tags=["backups"], responses=problems(400, 403, 503))


@router.get("")
async def list_backups(services: ServicesDep) -> Backups:
    """List the last attempts to make a backup, newest first, and say when the next is due."""
    return Backups.of(await services.backups.overview())


@router.post("", status_code=201, responses=problems(409))
async def make_backup(services: ServicesDep, actor: Actor) -> Backup:
    """Make a backup now, while everything else goes on. The reply comes when it is verified.

    Older ones are removed after that, down to the number that is kept.
    """
    run = await services.backups.make()
    log.info("backup made", file=run.file and run.file.path, by=actor)
    return Backup.of(run)
