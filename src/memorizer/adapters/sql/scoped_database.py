"""A database whose transactions are all bound to a scope (domain/workspaces.py)."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from memorizer.domain.errors import NotFound, WorkspaceReadOnly
from memorizer.domain.workspaces import WorkspaceScope
from memorizer.ports.transactions import Transaction

T = TypeVar("T")


class ScopableTransaction(Transaction, Protocol):
    """A transaction that can be narrowed."""

    def within(self, roots: Iterable[str], *, unfiled: bool) -> AbstractContextManager[Transaction]:
        """Yield the transaction as these workspaces and all below them see it, while entered."""
        ...


class ScopableDatabase(Protocol):
    """What is bound: ports.transactions.Database with transactions of its own."""

    async def read(self, function: Callable[[Any], T]) -> T: ...
    async def read_long(self, function: Callable[[Any], T]) -> T: ...
    async def read_each(self, functions: Sequence[Callable[[Any], T]]) -> list[T]: ...
    async def write(self, function: Callable[[Any], T]) -> T: ...
    async def insert(self, function: Callable[[Any], T]) -> T: ...
    async def size(self) -> int: ...


@dataclass(frozen=True, slots=True)
class ScopedDatabase:
    """Implements ports.transactions.Database.

    Reads see what may be read, writes what may be changed.

    A memory that a write does not find, though it may be read, raises WorkspaceReadOnly.
    """

    database: ScopableDatabase
    scope: WorkspaceScope

    async def read(self, function: Callable[[Transaction], T]) -> T:
        return await self.database.read(self._reading(function))

    async def read_long(self, function: Callable[[Transaction], T]) -> T:
        return await self.database.read_long(self._reading(function))

    async def read_each(self, functions: Sequence[Callable[[Transaction], T]]) -> list[T]:
        return await self.database.read_each([self._reading(each) for each in functions])

    async def write(self, function: Callable[[Transaction], T]) -> T:
        try:
            return await self.database.write(self._writing(function))
        except NotFound as error:
            await self._explain(error)
            raise

    async def insert(self, function: Callable[[Transaction], T]) -> T:
        try:
            return await self.database.insert(self._writing(function))
        except NotFound as error:
            await self._explain(error)
            raise

    async def size(self) -> int:
        """0: how large the rest is is nobody's business here."""
        return 0

    async def caveat(self) -> str | None:
        return None

    def within(self, scope: WorkspaceScope) -> "ScopedDatabase":
        return ScopedDatabase(self.database, scope)

    def _reading(self, function: Callable[[Transaction], T]) -> Callable[[Any], T]:
        return _bound(function, self.scope.readable, unfiled=self.scope.unfiled)

    def _writing(self, function: Callable[[Transaction], T]) -> Callable[[Any], T]:
        return _bound(function, self.scope.writable, unfiled=self.scope.unfiled)

    async def _explain(self, error: NotFound) -> None:
        """Raise WorkspaceReadOnly if what a write did not find may be read."""
        if self.scope.readable == self.scope.writable:
            return
        match error.kind:
            case "memory":
                found = await self.read(lambda tx: bool(tx.memories.get_many([error.id])))
            case "deleted memory":
                found = await self.read(lambda tx: error.id in tx.trash.among([error.id]))
            case "workspace":
                found = await self.read(lambda tx: tx.workspaces.exists(error.id))
            case "proposal":
                found = await self.read(lambda tx: bool(tx.proposals.get(error.id)))
            case _:
                return
        if found:
            raise WorkspaceReadOnly(f"The {error.kind} {error.id}") from error


def _bound(
    function: Callable[[Transaction], T], roots: frozenset[str], *, unfiled: bool
) -> Callable[[Any], T]:
    def bound(tx: ScopableTransaction) -> T:
        with tx.within(roots, unfiled=unfiled) as scoped:
            return function(scoped)

    return bound
