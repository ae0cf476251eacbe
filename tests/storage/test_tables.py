"""The tables: every column says what it tells of a person, and the database is what the tables say."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from storage.tables import metadata
from storage.types import PRIVACY

# SQLite cannot tell what an index on an expression (a handle in small letters) is made of.
pytestmark = pytest.mark.filterwarnings("ignore:.*expression-based index")


def test_every_column_of_every_table_says_what_it_tells_of_a_person():
    columns = [column for table in metadata.tables.values() for column in table.columns]

    assert columns
    assert {str(c) for c in columns if c.info.get("privacy") not in PRIVACY} == set()


def test_every_table_says_what_it_is_for_and_how_long_it_is_kept():
    """`Table(..., info=purpose("What it is for.", area, KEPT))`, from storage.retention."""
    assert {
        t.name for t in metadata.tables.values() if not {"purpose", "area", "kept"} <= t.info.keys()
    } == set()


def test_what_tells_of_a_person_is_named_to_members():
    personal = ("id", "name", "text")
    tables = {c.table for t in metadata.tables.values() for c in t.c if c.info["privacy"] in personal}

    assert {t.name for t in tables if t.info["area"] == "house"} <= {"cursors", "gaps"}


async def test_the_migrations_make_what_the_tables_say(database):
    def differences(connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, metadata)

    async with database.write() as store:
        assert await store.connection.run_sync(differences) == []


async def test_every_key_has_the_name_that_migrations_know_it_by(database):
    def names(connection) -> set[tuple[str, str]]:
        inspector = inspect(connection)
        return {
            (table, constraint["name"])
            for table in metadata.tables
            for constraint in [
                inspector.get_pk_constraint(table),
                *inspector.get_foreign_keys(table),
                *inspector.get_unique_constraints(table),
            ]
        }

    expected = {
        (table.name, str(constraint.name))
        for table in metadata.tables.values()
        for constraint in table.constraints
    }
    async with database.write() as store:
        assert await store.connection.run_sync(names) == expected
