"""Routes and schemas for documents: ingest files and web pages, list and delete documents."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Final, Self
from uuid import UUID

from fastapi import APIRouter, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, ValidationError
from pydantic.json_schema import SkipJsonSchema
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from memorizer.domain import documents as domain
from memorizer.domain.documents import MAX_SOURCE
from memorizer.domain.errors import InvalidField
from memorizer.domain.memories import MAX_TAGS
from memorizer.domain.timestamps import to_iso
from memorizer.http.dependencies import DEFAULT_PAGE_LIMIT, Actor, IdCursor, PageLimit, ServicesDep
from memorizer.http.errors import BadRequest, problems
from memorizer.http.routes.jobs_schemas import JOB_ID
from memorizer.http.routes.memories_schemas import MEMORY_ID
from memorizer.http.schemas import RequestModel, ResponseModel, Timestamp, absent

PATH: Final = "/api/documents"
FORM_BYTES: Final = 100_000
"""What a form may have beside its file."""
DOCUMENT_ID: Final = "01936f5e-8a00-7c3e-9d41-2f6b8a7c5e40"
SOURCE: Final = "handbook.pdf"
_INTO: Final = "The id or path of the workspace for its parts, or `unfiled`."
_MALFORMED: Final = 400
_FIELDS: Final = frozenset({"file", "source", "workspace", "tags"})


class PageToIngest(RequestModel):
    """A web page, or a file on the web."""

    url: str = Field(
        min_length=1,
        max_length=MAX_SOURCE,
        description="Its https address; only where `MEMORIZER_FETCH_URLS` is on.",
        examples=["https://example.org/handbook.html"],
    )
    workspace: str | None = Field(None, max_length=1_000, description=_INTO)
    tags: list[str] = Field(
        default_factory=list, max_length=MAX_TAGS, description="Tags of its parts."
    )


class IngestionJob(ResponseModel):
    """The job that ingests a document."""

    message: str = Field(examples=["Document queued"])
    job_id: str = Field(examples=[JOB_ID])


class Document(ResponseModel):
    """A document whose parts are memories."""

    id: str = Field(examples=[DOCUMENT_ID])
    workspace_id: str | SkipJsonSchema[None] = absent(
        description="The workspace it is in; omitted if it is unfiled."
    )
    source: str = Field(description="Its path, name or address.", examples=[SOURCE])
    title: str = Field(examples=["Handbook"])
    media_type: str = Field(examples=["application/pdf"])
    checksum: str = Field(description="SHA-256 of its bytes.", examples=["9f86d081884c7d65"])
    size_bytes: int = Field(examples=[48_213])
    version: int = Field(description="How often it came with other bytes.", examples=[1])
    part_count: int = Field(description="Parts that are not in the trash.", examples=[12])
    warnings: list[str] = Field(description="What was lost in conversion.", examples=[[]])
    created_at: Timestamp
    updated_at: Timestamp

    @classmethod
    def of(cls, document: domain.Document, **more: object) -> Self:
        return cls.model_validate(
            {
                "id": document.id,
                "workspace_id": document.workspace_id,
                "source": document.source,
                "title": document.title,
                "media_type": document.media_type,
                "checksum": document.checksum,
                "size_bytes": document.size_bytes,
                "version": document.version,
                "part_count": document.part_count,
                "warnings": list(document.warnings),
                "created_at": to_iso(document.created_at),
                "updated_at": to_iso(document.updated_at),
                **more,
            }
        )


class DocumentPart(ResponseModel):
    """A memory, and where it is in its document."""

    memory_id: str = Field(examples=[MEMORY_ID])
    position: int = Field(description="From 1.", examples=[1])
    title: str | None = Field(description="The memory's title.", examples=["Restoring a backup"])
    page: int | SkipJsonSchema[None] = absent(
        description="The page, slide, sheet or chapter where it begins.", examples=[4]
    )
    line: int | SkipJsonSchema[None] = absent(
        description="The line, or row, where it begins.", examples=[120]
    )


class DocumentWithParts(Document):
    """A document and its parts, in their order."""

    parts: list[DocumentPart]


class DocumentPage(ResponseModel):
    """Documents, newest first."""

    documents: list[Document]
    count: int = Field(description="Number of items in this page.", examples=[1])
    next_cursor: str | SkipJsonSchema[None] = absent(
        description="Pass it as `cursor` for the next page; omitted on the last.",
        examples=[DOCUMENT_ID],
    )


def _body() -> dict[str, Any]:
    """Describe what is taken for OpenAPI: FastAPI knows no body that is either of two."""
    text: dict[str, Any] = {"type": "string"}
    form = {
        "type": "object",
        "required": ["file"],
        "additionalProperties": False,
        "properties": {
            "file": {
                "type": "string",
                "format": "binary",
                "description": "The file; its name says what it is.",
            },
            "source": text
            | {
                "maxLength": MAX_SOURCE,
                "description": "By what the document is known: the same source with other bytes "
                "is its next version. The file's name if omitted.",
            },
            "workspace": text | {"description": _INTO},
            "tags": {"type": "array", "items": text, "description": "Tags of its parts."},
        },
    }
    content = {
        "multipart/form-data": {"schema": form},
        "application/json": {"schema": PageToIngest.model_json_schema()},
    }
    return {"requestBody": {"required": True, "content": content}}


router = APIRouter(prefix=PATH, tags=["documents"], responses=problems(400, 403, 422, 503))
DocumentId = Annotated[
    UUID, Path(alias="documentId", description="The document's id.", examples=[DOCUMENT_ID])
]


@router.post("", status_code=202, openapi_extra=_body(), responses=problems(404, 413, 415))
async def ingest_document(request: Request, services: ServicesDep, actor: Actor) -> IngestionJob:
    """Ingest a file (a form) or a web page (JSON with its `url`) in the background.

    The job converts it and stores its parts as memories. The same source with the same bytes
    changes nothing; with other bytes its parts are replaced, each with its history. What cannot be
    read fails its own job, which says why.
    """
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared == "application/json":
        page = await _page(request)
        job_id = await services.documents.add_url(
            page.url, actor=actor, workspace=page.workspace, tags=page.tags
        )
    elif declared == "multipart/form-data":
        async with _form(request) as form:
            file = _file(form)
            job_id = await services.documents.add_file(
                file.file,
                _text(form, "source") or file.filename or "",
                actor=actor,
                workspace=_text(form, "workspace"),
                tags=[str(tag) for tag in form.getlist("tags")],
                media_type=file.content_type,
            )
    else:
        raise HTTPException(415, "Send the file as multipart/form-data, or JSON with a `url`.")
    return IngestionJob(message="Document queued", job_id=job_id)


@router.get("")
async def list_documents(
    services: ServicesDep, limit: PageLimit = DEFAULT_PAGE_LIMIT, cursor: IdCursor = None
) -> DocumentPage:
    """List documents, newest first."""
    before = None if cursor is None else str(cursor)
    page, following = await services.documents.page(before=before, limit=limit)
    documents = [Document.of(each) for each in page]
    return DocumentPage(documents=documents, count=len(documents), next_cursor=following)


@router.get("/{documentId}", responses=problems(404))
async def get_document(document_id: DocumentId, services: ServicesDep) -> DocumentWithParts:
    """Return a document and which memories are its parts."""
    document, parts = await services.documents.get(str(document_id))
    shown = [
        DocumentPart(
            memory_id=part.memory_id,
            position=part.position,
            title=part.title,
            page=part.page,
            line=part.line,
        )
        for part in parts
    ]
    return DocumentWithParts.of(document, parts=shown)


@router.delete("/{documentId}", status_code=204, responses=problems(404))
async def delete_document(document_id: DocumentId, services: ServicesDep, actor: Actor) -> None:
    """Forget a document and move its parts to the trash."""
    await services.documents.delete(str(document_id), actor=actor)


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    """Read a form, a large file of which goes to the disk. Raises BadRequest."""
    reading = request.form(max_files=1, max_fields=MAX_TAGS + len(_FIELDS))
    try:
        form = await reading
    except HTTPException as error:
        if error.status_code != _MALFORMED:
            raise
        raise BadRequest(f"The form cannot be read: {error.detail}") from error
    try:
        yield form
    finally:
        await form.close()


async def _page(request: Request) -> PageToIngest:
    """Parse the JSON of a request. Raises BadRequest, RequestValidationError."""
    try:
        body = await request.json()
    except ValueError as error:
        raise BadRequest("The body is not JSON.") from error
    try:
        return PageToIngest.model_validate(body)
    except ValidationError as error:
        problems_ = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(problems_, body=body) from error


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
