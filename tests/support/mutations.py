"""Every way in which a store is changed, one row each, for tests that break it in the middle.

A new way gets a row: what must be there before (`prepare`, whose answer can be sent to another
process), what is done (`run`), and which method of a service that is (`of`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from memorizer.domain.auth import Scope
from memorizer.domain.jobs import (
    GENERATE_TITLE,
    REEMBED_BATCH,
    REEMBED_ONE,
    BulkProgress,
    Queue,
)
from memorizer.domain.workspaces import WorkspaceChange
from memorizer.services.keyed_memories import NewItem
from support.harness import WORKER
from support.mutation_steps import (
    ME,
    PART,
    TITLED,
    UNTITLED,
    Prepare,
    Step,
    accepted,
    archived,
    beat,
    bulk,
    cancelling,
    complete,
    deleted,
    document,
    edit,
    embedding,
    failed,
    filed,
    finish,
    import_,
    import_another_content,
    ingesting,
    keyed,
    linked,
    mark_failed,
    memory,
    not_embedded,
    note_use,
    nothing,
    plan,
    planned,
    proposed,
    prune,
    purge_old,
    put_off,
    re_embedded,
    retitled,
    retitling,
    session,
    sliced,
    slicing,
    store,
    store_without_embedder,
    take_file,
    title_job,
    titling,
    token,
    two_versions,
    without_embedder,
    work,
    working,
    write_document,
)


@dataclass(frozen=True)
class Mutation:
    """One row. `transactions`: how many it is meant to be; each is all or nothing."""

    name: str
    of: str
    prepare: Prepare
    run: Step
    transactions: int = 1
    says_nothing: bool = False
    """It goes on without a database that fails."""


_ROWS: Final = (
    Mutation("store", "memories.create", nothing, store()),
    Mutation("store without a title", "memories.create", nothing, store(UNTITLED)),
    Mutation("store once", "memories.create", nothing, store(UNTITLED, idempotency_key="once")),
    Mutation("store without embedder", "memories.create", nothing, store_without_embedder),
    Mutation("edit the text", "memories.update", memory, edit(text="Water.", title=None)),
    Mutation("edit the tags", "memories.update", memory, edit(tags=("garden",))),
    Mutation(
        "revert", "memories.revert", two_versions,
        lambda harness, id_: harness.services.memories.revert(id_, 1, actor=ME),
    ),
    Mutation(
        "archive", "memories.archive", memory,
        lambda harness, id_: harness.services.memories.archive(id_, actor=ME),
    ),
    Mutation(
        "restore", "memories.unarchive", archived,
        lambda harness, id_: harness.services.memories.unarchive(id_, actor=ME),
    ),
    Mutation(
        "delete", "memories.delete", linked,
        lambda harness, ids: harness.services.memories.delete(ids[0], actor=ME),
    ),
    Mutation(
        "take out of the trash", "trash.untrash", deleted,
        lambda harness, id_: harness.services.trash.untrash(id_, actor=ME),
    ),
    Mutation(
        "purge", "trash.purge", deleted, lambda harness, id_: harness.services.trash.purge(id_)
    ),
    Mutation(
        "purge a version", "history.purge", two_versions,
        lambda harness, id_: harness.services.history.purge(id_, 1, actor=ME),
    ),
    Mutation(  # the last transaction finds it empty
        "empty the trash", "trash.empty", deleted,
        lambda harness, _: harness.services.trash.empty(), transactions=2,
    ),
    Mutation("purge what is old", "trash.purge_old", deleted, purge_old, transactions=2),
    Mutation(
        "relate", "relationships.add", linked,
        lambda harness, ids: harness.services.relationships.add(
            ids[1], ids[0], "follows", actor=ME
        ),
    ),
    Mutation(
        "unrelate", "relationships.remove", linked,
        lambda harness, ids: harness.services.relationships.remove(ids[2], actor=ME),
    ),
    Mutation(
        "store under a key", "keyed.put", nothing,
        lambda harness, _: harness.services.keyed.put(NewItem(TITLED, "plants/ferns"), actor=ME),
    ),
    Mutation(
        "delete by key", "keyed.delete", keyed,
        lambda harness, _: harness.services.keyed.delete("plants/ferns", actor=ME),
    ),
    Mutation(
        "store a batch", "keyed.store_all", nothing,
        lambda harness, _: harness.services.keyed.store_all(
            [NewItem(TITLED, "plants/ferns"), NewItem(UNTITLED)], actor=ME
        ),
    ),
    Mutation(
        "create a workspace", "workspaces.create", nothing,
        lambda harness, _: harness.services.workspaces.create("Home", actor=ME),
    ),
    Mutation(
        "rename a workspace", "workspaces.update", filed,
        lambda harness, found: harness.services.workspaces.update(
            found[1], WorkspaceChange(name="Yard", slug="yard"), actor=ME
        ),
    ),
    Mutation(
        "move a workspace", "workspaces.move", filed,
        lambda harness, found: harness.services.workspaces.move(found[1], None, actor=ME),
    ),
    Mutation(
        "archive a workspace", "workspaces.set_archived", filed,
        lambda harness, found: harness.services.workspaces.set_archived(
            found[1], archived=True, actor=ME
        ),
    ),
    Mutation(
        "move a memory", "workspaces.move_memories", filed,
        lambda harness, found: harness.services.workspaces.move_memories(
            [found[0]], "home", actor=ME
        ),
    ),
    Mutation(
        "delete a workspace", "workspaces.delete", filed,
        lambda harness, found: harness.services.workspaces.delete(found[1], actor=ME, to="trash"),
    ),
    Mutation("take a file", "documents.add_file", nothing, take_file, transactions=2),
    Mutation(
        "delete a document", "documents.delete", document,
        lambda harness, id_: harness.services.documents.delete(id_, actor=ME),
    ),
    Mutation("ingest a document", "queue.complete", ingesting, write_document),
    Mutation(
        "accept a proposal", "proposals.accept", proposed,
        lambda harness, id_: harness.services.proposals.accept([id_], actor=ME),
    ),
    Mutation(
        "accept another title", "proposals.accept", retitling,
        lambda harness, id_: harness.services.proposals.accept([id_], actor=ME),
    ),
    Mutation(
        "undo a proposal", "proposals.undo", accepted,
        lambda harness, id_: harness.services.proposals.undo(id_, actor=ME),
    ),
    Mutation(
        "undo another title", "proposals.undo", retitled,
        lambda harness, id_: harness.services.proposals.undo(id_, actor=ME),
    ),
    Mutation(
        "decline a proposal", "proposals.decline", proposed,
        lambda harness, id_: harness.services.proposals.decline(id_, actor=ME),
    ),
    Mutation(
        "put a proposal off", "proposals.put_off", proposed,
        lambda harness, id_: harness.services.proposals.put_off(id_, actor=ME),
    ),
    Mutation(
        "reopen a proposal", "proposals.reopen", put_off,
        lambda harness, id_: harness.services.proposals.reopen(id_),
    ),
    Mutation(
        "take a part of a transcript", "captures.take", nothing,
        lambda harness, _: harness.services.captures.take(PART, caller=ME),
    ),
    Mutation(
        "enqueue a consolidation", "jobs.consolidate", memory,
        lambda harness, _: harness.services.jobs.consolidate(),
    ),
    Mutation("import", "import_.run", nothing, import_),
    Mutation("import another content", "import_.run", memory, import_another_content),
    Mutation(
        "enqueue titles", "jobs.generate_titles", memory,
        lambda harness, id_: harness.services.jobs.generate_titles([id_]),
    ),
    Mutation(
        "enqueue an embedding", "jobs.reembed", memory,
        lambda harness, id_: harness.services.jobs.reembed([id_]),
    ),
    Mutation(
        "enqueue a bulk job", "jobs.reembed", memory,
        lambda harness, _: harness.services.jobs.reembed(),
    ),
    Mutation(
        "cancel a waiting job", "jobs.cancel", title_job,
        lambda harness, id_: harness.services.jobs.cancel(id_),
    ),
    Mutation(
        "cancel an active job", "jobs.cancel", planned,
        lambda harness, claim: harness.services.jobs.cancel(claim.job.id),
    ),
    Mutation(
        "retry", "jobs.retry", failed, lambda harness, id_: harness.services.jobs.retry(id_)
    ),
    Mutation(
        "retry all", "jobs.retry_failed", failed,
        lambda harness, _: harness.services.jobs.retry_failed(),
    ),
    Mutation(
        "remove a job", "jobs.remove", failed,
        lambda harness, id_: harness.services.jobs.remove(id_)
    ),
    Mutation(  # the last transaction finds none
        "clean jobs", "jobs.clean", failed,
        lambda harness, _: harness.services.jobs.clean(older_than_ms=-1_000), transactions=2,
    ),
    Mutation(
        "pause", "jobs.pause", nothing,
        lambda harness, _: harness.services.jobs.pause(Queue.TITLES, paused=True),
    ),
    Mutation(
        "make a token", "auth.create", nothing,
        lambda harness, _: harness.services.auth.create("phone", Scope.READ),
    ),
    Mutation(
        "revoke a token", "auth.revoke", session,
        lambda harness, _: harness.services.auth.revoke("laptop"),
    ),
    Mutation(
        "log in", "auth.log_in", token, lambda harness, text: harness.services.auth.log_in(text)
    ),
    Mutation(
        "log out", "auth.log_out", session,
        lambda harness, text: harness.services.auth.log_out(text),
    ),
    Mutation(
        "note the use of a token", "auth.identify", token,
        note_use, says_nothing=True,
    ),
    Mutation(
        "claim", "queue.claim", title_job, lambda harness, _: harness.claim(Queue.TITLES)
    ),
    Mutation("heartbeat", "queue.heartbeat", titling, beat),
    Mutation(
        "report", "queue.report", titling,
        lambda harness, claim: harness.queue.report(claim.lease, 30, BulkProgress(3, 1)),
    ),
    Mutation("write a title", "queue.complete", titling, complete(GENERATE_TITLE)),
    Mutation("embed again", "queue.complete", embedding, complete(REEMBED_ONE)),
    Mutation("switch models", "queue.complete", sliced, finish),
    Mutation("plan a bulk job", "tasks.bulk", bulk, plan),
    Mutation("process a slice", "tasks.slice", slicing, work(REEMBED_BATCH)),
    Mutation("mark as not embeddable", "tasks.embedding", not_embedded, mark_failed),
    Mutation(
        "fail and retry", "queue.fail", titling,
        lambda harness, claim: harness.queue.fail(claim.lease, "injected", 1_000),
    ),
    Mutation(
        "fail for good", "queue.fail", titling,
        lambda harness, claim: harness.queue.fail(claim.lease, "injected", None),
    ),
    Mutation(
        "end a cancelled job", "queue.mark_cancelled", cancelling,
        lambda harness, claim: harness.queue.mark_cancelled(claim.lease),
    ),
    Mutation(
        "release", "queue.release", titling,
        lambda harness, claim: harness.queue.release([claim.lease]),
    ),
    Mutation(
        "rescue", "queue.rescue", working, lambda harness, _: harness.queue.rescue([WORKER])
    ),
    Mutation(
        "deregister", "queue.deregister_worker", working,
        lambda harness, _: harness.queue.deregister_worker(WORKER),
    ),
    Mutation(
        "embed what waits", "maintenance.embed_pending", without_embedder,
        lambda harness, _: harness.maintenance.embed_pending(),
    ),
    Mutation(
        "purge old vectors", "maintenance.purge_vectors", re_embedded,
        lambda harness, _: harness.maintenance.purge_vectors(), transactions=2,
    ),
    Mutation(  # what is recorded of the files is one transaction
        "make a backup", "backups.make", memory,
        lambda harness, _: harness.services.backups.make(
            directory=harness.settings.data_dir / "kept"
        ),
    ),
    Mutation("prune", "maintenance.prune", failed, prune, transactions=3),
)  # fmt: skip

MUTATIONS: Final[Mapping[str, Mutation]] = {row.name: row for row in _ROWS}
