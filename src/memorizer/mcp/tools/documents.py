"""`ingest`."""

from io import BytesIO
from typing import Annotated

from pydantic import Field

from memorizer.mcp.arguments import NO_WORDS, InvalidArguments, Words, WorkspaceArguments
from memorizer.mcp.results import Result
from memorizer.mcp.tool import ToolAnnotation, ToolContext, tool


class Ingest(WorkspaceArguments):
    """A document: an address, or a text with the name of its file."""

    url: Annotated[str | None, Field(description="https address of a page or file")] = None
    name: Annotated[
        str | None, Field(description="File name or path; the ending says what it is")
    ] = None
    text: Annotated[str | None, Field(description="The file's text, with name")] = None
    tags: Annotated[Words, Field(description="Tags of its parts")] = NO_WORDS


class Ingesting(Result):
    """The job that ingests."""

    job_id: str


@tool("Ingest a document", ToolAnnotation.ADDS, creates_workspace=True)
async def ingest(call: ToolContext, wanted: Ingest) -> Ingesting:
    """Keep a web page or a text file by its parts; the same name again replaces them."""
    documents = call.services.documents
    if wanted.url is not None:
        if wanted.name is not None or wanted.text is not None:
            raise InvalidArguments("Send url, or name and text.")
        job_id = await documents.add_url(wanted.url, actor=call.actor, tags=wanted.tags)
    elif wanted.name is not None and wanted.text is not None:
        job_id = await documents.add_file(
            BytesIO(wanted.text.encode()),
            wanted.name,
            actor=call.actor,
            tags=wanted.tags,
        )
    else:
        raise InvalidArguments("Send url, or name and text.")
    message = f'Queued. Use watch_job with jobId "{job_id}" to see when its parts can be found.'
    return Ingesting(message=message, job_id=job_id)
