"""`memorizer proposals`: lists what is proposed, and decides it."""

from typing import TYPE_CHECKING, Annotated

import typer

from memorizer.cli import console, session
from memorizer.cli.options import AsJson, DataDir, Limit, Workspace
from memorizer.domain.errors import InvalidField
from memorizer.domain.proposals import Proposal, ProposalEdit, ProposalState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from memorizer.domain.memories import Memory
    from memorizer.services import Services
    from memorizer.services.proposals import ChangeSet

ACTOR = "cli"
MAX_COLUMNS = 60
NOTHING = "Nothing is proposed. `memorizer consolidate --watch` looks for something."

app = typer.Typer(help="List and decide proposed changes of memories.", no_args_is_help=True)

ProposalIds = Annotated[
    list[str],
    typer.Argument(metavar="ID", help="Id of a proposal; repeatable.", show_default=False),
]


@app.command("list")
def list_(
    state: Annotated[
        ProposalState,
        typer.Option(metavar="STATE", help=f"In this state: {', '.join(ProposalState)}."),
    ] = ProposalState.OPEN,
    *,
    recommended: Annotated[
        bool, typer.Option("--recommended", metavar="", help="Only those that are recommended.")
    ] = False,
    limit: Limit = 20,
    as_json: AsJson = False,
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """List proposals, newest first."""

    async def read(
        services: "Services",
    ) -> "tuple[list[Proposal], Mapping[str, Memory], Mapping[ProposalState, int]]":
        page, _ = await services.proposals.page(
            state=state, only_recommended=recommended, limit=limit
        )
        ids = {each.memory_id for proposal in page for each in proposal.memories}
        memories = {each.id: each for each in await services.memories.get_many(sorted(ids))}
        return page, memories, await services.proposals.counts()

    page, memories, counts = session.open_memories(data_dir, workspace, read)
    if as_json:
        _print_json(page, memories, counts)
    elif not page:
        console.line(NOTHING)
    else:
        _print_table(page, memories)
        console.note(f"{len(page)} of {counts[state]}.")


@app.command()
def accept(
    ids: ProposalIds,
    *,
    cluster: Annotated[
        bool, typer.Option("--cluster", metavar="", help="And all open ones of its cluster.")
    ] = False,
    text: Annotated[str | None, typer.Option(metavar="TEXT", help="Another text.")] = None,
    title: Annotated[str | None, typer.Option(metavar="TITLE", help="Another title.")] = None,
    tag: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Another tag; repeatable.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option(metavar="ID", help="The memory that replaces the others.")
    ] = None,
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Carry out proposals, all or none; `memorizer proposals undo` takes it back."""
    edit = ProposalEdit(text, title, tuple(tag) if tag else None, keep)
    if cluster and (len(ids) > 1 or edit.given()):
        raise InvalidField("cluster", "is for one proposal, without an edit")

    async def carry_out(services: "Services") -> "ChangeSet":
        if cluster:
            return await services.proposals.accept_cluster(ids[0], actor=ACTOR)
        return await services.proposals.accept(ids, actor=ACTOR, edit=edit)

    done = session.open_memories(data_dir, workspace, carry_out)
    console.success(f"Accepted {len(done.proposals)}")
    console.note(f"`memorizer proposals undo {done.id}` takes it back.")


@app.command()
def undo(
    change_set: Annotated[
        str, typer.Argument(metavar="ID", help="Id that accepting printed.", show_default=False)
    ],
    workspace: Workspace = None,
    data_dir: DataDir = None,
) -> None:
    """Undo what accepting did; the proposals are open again."""
    done = session.open_memories(
        data_dir, workspace, lambda services: services.proposals.undo(change_set, actor=ACTOR)
    )
    console.success(f"Undid {len(done.proposals)}")


@app.command()
def decline(ids: ProposalIds, workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Turn proposals down: the same are never proposed again."""
    _each(
        "Declined",
        ids,
        lambda services, id_: services.proposals.decline(id_, actor=ACTOR),
        workspace,
        data_dir,
    )


@app.command()
def later(ids: ProposalIds, workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Put proposals off until a consolidation finds them again."""
    _each(
        "Put off",
        ids,
        lambda services, id_: services.proposals.put_off(id_, actor=ACTOR),
        workspace,
        data_dir,
    )


@app.command()
def reopen(ids: ProposalIds, workspace: Workspace = None, data_dir: DataDir = None) -> None:
    """Make declined or put off proposals open again."""
    _each(
        "Reopened",
        ids,
        lambda services, id_: services.proposals.reopen(id_),
        workspace,
        data_dir,
    )


def _each(
    what: str,
    ids: "Sequence[str]",
    decide: "Callable[[Services, str], Awaitable[Proposal]]",
    workspace: str | None,
    data_dir: "DataDir",
) -> None:
    async def decide_all(services: "Services") -> None:
        for id_ in ids:
            await decide(services, id_)

    session.open_memories(data_dir, workspace, decide_all)
    console.success(f"{what} {len(ids)}")


def _print_table(page: "Sequence[Proposal]", memories: "Mapping[str, Memory]") -> None:
    from rich.text import Text

    table = console.table("ID", "PROPOSAL", "SURE", "MEMORIES", "REASON")
    for proposal in page:
        names = [_name(memories.get(each.memory_id)) for each in proposal.memories]
        sure = f"{proposal.score:.2f}{' ✓' if proposal.is_recommended else ''}"
        table.add_row(
            Text(proposal.id),
            proposal.kind.value,
            sure,
            Text("\n").join(console.cut(name, MAX_COLUMNS) for name in names),
            Text(console.plain(proposal.reason)),
        )
    console.out().print(table)


def _name(memory: "Memory | None") -> str:
    return "(deleted)" if memory is None else memory.content.title or memory.content.text


def _print_json(
    page: "Sequence[Proposal]",
    memories: "Mapping[str, Memory]",
    counts: "Mapping[ProposalState, int]",
) -> None:
    from memorizer.http.routes import proposals_schemas as schemas

    listed = [schemas.Proposal.of(each, memories) for each in page]
    answer = schemas.Proposals(proposals=listed, count=len(listed), states=dict(counts))
    console.json_line(answer.model_dump_json(by_alias=True))
