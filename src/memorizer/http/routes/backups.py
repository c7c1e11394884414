"""Routes and schemas for backups: list attempts, make one now."""

from typing import Self

import structlog
from fastapi import APIRouter
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from memorizer.domain.backups import BackupRun
from memorizer.domain.timestamps import to_iso
from memorizer.http.dependencies import Actor, AdminServicesDep
from memorizer.http.errors import problems
from memorizer.http.schemas import ResponseModel, Timestamp, absent
from memorizer.services.backups import Overview

PATH = "/home/anna/.memorizer/backups/memorizer-20261123-093000-000-5f0c2a71.db"


class Backup(ResponseModel):
    """A backup attempt, with a `file` or an `error`."""

    started_at: Timestamp
    ended_at: Timestamp
    host: str = Field(description="The machine that made it.", examples=["laptop"])
    file: str | SkipJsonSchema[None] = absent(
        description="Its path, unless it was removed since. It was verified by reading it "
        "completely.",
        examples=[PATH],
    )
    bytes: int | SkipJsonSchema[None] = absent(examples=[118784])
    memories: int | SkipJsonSchema[None] = absent(
        description="Number of memories in it, without those in the trash.", examples=[3]
    )
    error: str | SkipJsonSchema[None] = absent(
        description="Why it failed.",
        examples=["/backups cannot be written: No space left on device."],
    )

    @classmethod
    def of(cls, run: BackupRun) -> Self:
        file = run.file
        return cls(
            started_at=to_iso(run.started_at),
            ended_at=to_iso(run.ended_at),
            host=run.host,
            file=file and file.path,
            bytes=file and file.bytes,
            memories=file and file.memories,
            error=run.error,
        )


class Backups(ResponseModel):
    """The last backup attempts, newest first, and the schedule."""

    backups: list[Backup]
    count: int = Field(examples=[1])
    last_good: Backup | SkipJsonSchema[None] = absent(
        description="The newest successful backup; omitted if there is none."
    )
    every_hours: float | SkipJsonSchema[None] = absent(
        description="Interval of automatic backups; omitted if there are none.",
        examples=[24.0],
    )
    next_at: Timestamp | SkipJsonSchema[None] = absent(
        description="When the next is due; omitted if none is, or if it is due now."
    )
    directory: str = Field(
        description="The directory of the backups.", examples=["/home/anna/backups"]
    )
    keep: int = Field(description="Number of backups kept.", examples=[7])

    @classmethod
    def of(cls, overview: Overview) -> Self:
        schedule, good = overview.schedule, overview.last_good
        backups = [Backup.of(run) for run in overview.runs]
        return cls(
            backups=backups,
            count=len(backups),
            last_good=good and Backup.of(good),
            every_hours=schedule.every_ms and schedule.every_ms / 3_600_000,
            next_at=to_iso(overview.next_at) if overview.next_at else None,
            directory=schedule.directory,
            keep=schedule.keep,
        )


log = structlog.get_logger(__name__)


router = APIRouter(prefix="/api/admin/backups", tags=["backups"], responses=problems(400, 403, 503))


@router.get("")
async def list_backups(services: AdminServicesDep) -> Backups:
    """List the last backup attempts, newest first, and when the next is due."""
    return Backups.of(await services.backups.overview())


@router.post("", status_code=201, responses=problems(409))
async def make_backup(services: AdminServicesDep, actor: Actor) -> Backup:
    """Make a backup now without interrupting the server. Responds once it is verified.

    Then the oldest backups are removed, down to the number that is kept.
    """
    run = await services.backups.make()
    log.info("backup made", file=run.file and run.file.path, by=actor)
    return Backup.of(run)
