"""Among: "one of these values" as one parameter, so that a statement is the same for any number of them.

A list of placeholders would be a new text for each length, and be put together, parsed and planned anew.
"""

import json
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import Any, Self

from sqlalchemy import ARRAY, Boolean, ColumnElement, Dialect, String, TypeDecorator, bindparam
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.operators import OperatorType
from sqlalchemy.types import TypeEngine


class ListOf(TypeDecorator[Collection[Any]]):
    """Many values of a type: an array on PostgreSQL, a JSON text on SQLite."""

    impl = String
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """How the database at hand takes it."""
        kind = ARRAY(self.item) if dialect.name == "postgresql" else String()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: Collection[Any] | None, dialect: Dialect) -> Any:
        """Dates become the text that SQLite keeps them as."""
        if value is None or dialect.name == "postgresql":
            return value if value is None else list(value)
        return json.dumps(list(value), default=str)


class among(FunctionElement[bool]):
    """`among(posts.c.message, "messages")`: the column is one of the parameter's values."""

    type = Boolean()
    inherit_cache = True

    def __init__(self, column: ColumnElement[Any], parameter: str) -> None:
        super().__init__(column, bindparam(parameter, type_=ListOf(column.type)))

    def self_group(self, against: OperatorType | None = None) -> Self:
        """Stay a bare condition: as `... = 1` SQLite would not look into an index for it."""
        return self


@compiles(among, "sqlite")
def _in_json(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 - compiled parts


@compiles(among, "postgresql")
def _any_of_array(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    column, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{column} = ANY ({values})"


def chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """A few hundred at a time, for statements that name their values one by one."""
    rest = iter(items)
    while some := list(islice(rest, 500)):
        yield some
