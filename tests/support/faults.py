"""An unexpected error before any statement of a function, which is compiled again for that."""

import __future__

import ast
import inspect
import textwrap
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final

import pytest

NAME: Final = "__fault__"


class UnexpectedError(Exception):
    """An error that no code handles."""


class Fault:
    """Raises once, before the statement it is armed for; notes which statements were reached."""

    def __init__(self) -> None:
        self.reached: dict[str, None] = {}
        self._armed: str | None = None
        self._make: Callable[[str], BaseException] = UnexpectedError

    def arm(self, place: str, make: Callable[[str], BaseException] = UnexpectedError) -> None:
        """Raise what `make` returns, at this place and once."""
        self._armed, self._make = place, make

    def disarm(self) -> None:
        """Raise nothing any more."""
        self._armed = None

    @property
    def was_raised(self) -> bool:
        return self._armed is None

    def before(self, place: str) -> None:
        """A statement is about to run."""
        self.reached[place] = None
        if place == self._armed:
            self._armed = None
            raise self._make(place)

    def put_into(self, patch: pytest.MonkeyPatch, owner: Any, *names: str) -> None:
        """Run `before` before each statement of these functions of a class or a module."""
        for name in names:
            function = inspect.getattr_static(owner, name)
            assert isinstance(function, FunctionType), name
            patch.setitem(function.__globals__, NAME, self.before)
            patch.setattr(owner, name, _with_calls(function))


def _with_calls(function: FunctionType) -> Callable[..., Any]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    _Inserting(function.__qualname__).visit(tree)
    flags = __future__.annotations.compiler_flag  # what annotations name need not be there
    code = compile(ast.fix_missing_locations(tree), function.__code__.co_filename, "exec", flags)
    made: dict[str, Any] = {}
    exec(code, function.__globals__, made)  # noqa: S102 - our own code, as it stands
    changed: Callable[..., Any] = made[function.__name__]
    return changed


class _Inserting(ast.NodeTransformer):
    """Puts a call before each statement but the docstring."""

    def __init__(self, name: str) -> None:
        self._name = name

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list) and not isinstance(node, ast.Module):
                setattr(node, field, [new for each in statements for new in self._both(each)])
        return node

    def _both(self, statement: ast.stmt) -> list[ast.stmt]:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            return [statement]
        place = f"{self._name}: {ast.unparse(statement).splitlines()[0]}"
        call = ast.Call(ast.Name(NAME, ast.Load()), [ast.Constant(place)], [])
        return [ast.copy_location(ast.Expr(call), statement), statement]
