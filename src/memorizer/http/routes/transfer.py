"""Routes and schemas for moving memories in and out as files."""

import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.background import BackgroundTask
from starlette.datastructures import FormData, UploadFile

from memorizer.domain.errors import InvalidField
from memorizer.domain.records import ExportFormat, OnConflict
from memorizer.http.dependencies import AdminServicesDep, JobId, ServicesDep
from memorizer.http.errors import problems
from memorizer.http.routes.jobs_schemas import JOB_ID
from memorizer.http.schemas import RequestModel, ResponseModel

PATH: Final = "/api/imports"
_FILES: Final = {
    ExportFormat.JSONL: ("memories.jsonl", "application/jsonl"),
    ExportFormat.MARKDOWN: ("memories.zip", "application/zip"),
}
_ON_CONFLICT: Final = (
    "What to do with a memory that is here with other content, edited here: `refuse` it, or "
    "`update` it to the file's content as its next version."
)
MAX_FIELDS: Final = 100
"""Read of a form; those that are not known are named in the refusal."""
_FIELDS: Final = frozenset({"file", "format", "workspace", "dryRun", "onConflict"})


class ImportJob(ResponseModel):
    """The job of an import or of its dry run."""

    message: str = Field(examples=["Dry run queued"])
    job_id: str = Field(
        description="Follow it at /api/admin/jobs/{jobId}; its result has the counts, what was "
        "refused, by reasons, and what to know of the rest.",
        examples=[JOB_ID],
    )


class Confirmation(RequestModel):
    """How to do what the dry run showed."""

    on_conflict: OnConflict = Field(OnConflict.REFUSE, description=_ON_CONFLICT)


router = APIRouter(tags=["transfer"], responses=problems(400, 403, 422, 503))


def _body() -> dict[str, Any]:
    """Describe the form for OpenAPI: it is read piece by piece."""
    text: dict[str, Any] = {"type": "string"}
    properties = {
        "file": text
        | {
            "format": "binary",
            "description": "A file, or a zip of a folder; as `memorizer import`.",
        },
        "format": text | {"description": "Its format, where it cannot be detected."},
        "workspace": text | {"description": "The id or path of the workspace to import into."},
        "dryRun": {
            "type": "boolean",
            "default": True,
            "description": "Only say what would happen.",
        },
        "onConflict": text
        | {"enum": [*OnConflict], "default": "refuse", "description": _ON_CONFLICT},
    }
    form = {
        "type": "object",
        "required": ["file"],
        "properties": properties,
        "additionalProperties": False,
    }
    content = {"multipart/form-data": {"schema": form}}
    return {"requestBody": {"required": True, "content": content}}


@router.post(PATH, status_code=202, openapi_extra=_body(), responses=problems(404, 413, 415))
async def import_file(request: Request, services: AdminServicesDep) -> ImportJob:
    """Take a file of memories, ours or another program's, and queue a dry run of its import.

    Confirm the dry run to import the file, or send it with `dryRun=false`. Importing again adds
    nothing. Tokens that are bound to workspaces may not import files.
    """
    async with request.form(max_files=1, max_fields=MAX_FIELDS) as form:
        file, dry_run = _file(form), _choice(form, "dryRun", ("true", "false"))
        on_conflict = OnConflict(_choice(form, "onConflict", tuple(OnConflict)))
        job_id = await services.file_imports.add(
            file.file,
            file.filename or "",
            format_=_text(form, "format"),
            workspace=_text(form, "workspace"),
            dry_run=dry_run == "true",
            on_conflict=on_conflict,
        )
    message = "Dry run queued" if dry_run == "true" else "Import queued"
    return ImportJob(message=message, job_id=job_id)


@router.post(f"{PATH}/{{jobId}}/confirm", status_code=202, responses=problems(404, 409))
async def confirm_import(job_id: JobId, services: AdminServicesDep, how: Confirmation) -> ImportJob:
    """Import the file of a dry run that has completed."""
    confirmed = await services.file_imports.confirm(job_id, on_conflict=how.on_conflict)
    return ImportJob(message="Import queued", job_id=confirmed)


@router.get(
    "/api/export",
    response_class=FileResponse,
    responses={
        200: {
            "description": "JSON Lines, or a zip of notes.",
            "content": {
                media_type: {"schema": {"type": "string", "format": "binary"}}
                for _, media_type in _FILES.values()
            },
        }
    },
)
async def export_file(
    services: ServicesDep,
    format_: Annotated[
        ExportFormat,
        Query(
            alias="format",
            description="`jsonl`: everything, to import elsewhere; `markdown`: a zip of notes.",
        ),
    ] = ExportFormat.JSONL,
) -> FileResponse:
    """Export the memories that the caller sees, of all workspaces or of one."""
    name, media_type = _FILES[format_]
    folder = mkdtemp(prefix="memorizer-export-")

    def remove() -> None:
        shutil.rmtree(folder, ignore_errors=True)

    path = Path(folder) / name
    try:
        await services.export.write_file(format_, path)
    except BaseException:
        remove()
        raise
    response = FileResponse(
        path,
        media_type=media_type,
        filename=name,
        stat_result=path.stat(),
        background=BackgroundTask(remove),
    )
    for header in ("etag", "last-modified"):  # of a file that is gone at once
        del response.headers[header]
    return response


def _file(form: FormData) -> UploadFile:
    """Return the file of a form. Raises InvalidField."""
    if unknown := sorted(form.keys() - _FIELDS):
        raise InvalidField(unknown[0], f"is no field; there are {', '.join(sorted(_FIELDS))}")
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise InvalidField("file", "send the file in a field of this name, with its file name")
    return file


def _text(form: FormData, name: str) -> str | None:
    value = form.get(name)
    if isinstance(value, UploadFile):
        raise InvalidField(name, "is a text, no file")
    return value or None


def _choice(form: FormData, name: str, choices: tuple[str, ...]) -> str:
    """Return one of these, the first if none is given. Raises InvalidField."""
    value = _text(form, name) or choices[0]
    if value not in choices:
        raise InvalidField(name, f"must be {' or '.join(choices)}")
    return value
