"""Errors: what can go wrong with the database in a way that a person may meet.

    Exception
    └── StorageError           one sentence that says what is wrong and what to do; shown as it is
        └── StorageUnavailable it may pass by itself: locked, full, or out of reach. Wait and try again

Anything else that comes out of storage (a broken constraint, a wrong query) is a defect.

Sentences that people may read in a chat are marked with N_: whoever shows them there says them in the
reader's language, by their English text and what is filled in.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError


def N_(text: str) -> str:
    """Mark a sentence for translation, as gettext does; it is translated where it is shown."""
    return text


class StorageError(Exception):
    """Something is wrong with the database, said in one sentence; values fill what stands in braces."""

    def __init__(self, text: str, /, **values: object) -> None:
        self.text = text
        self.values = values
        self.sentence = text.format(**values) if values else text
        """In English."""
        super().__init__(self.sentence)


class StorageUnavailable(StorageError):
    """The database cannot be used just now; trying again later may help."""


_BUSY = N_("The database is busy: another program is writing to it. Stop that program, or wait.")
_REACH = N_("PostgreSQL cannot be reached. Is it running, and is database.url right?")
_WAIT, _MEND = StorageUnavailable, StorageError

# The first that an error's name or code begins with is said.
_SQLITE: tuple[tuple[str, type[StorageError], str], ...] = (
    ("SQLITE_BUSY", _WAIT, _BUSY),
    ("SQLITE_LOCKED", _WAIT, _BUSY),
    (
        "SQLITE_FULL",
        _WAIT,
        N_("The disk is full, so nothing can be stored. Make room; nothing that was confirmed is lost."),
    ),
    (
        "SQLITE_READONLY",
        _WAIT,
        N_("The database may only be read. Let the user that runs Homeroom write to its file and folder."),
    ),
    (
        "SQLITE_CANTOPEN",
        _WAIT,
        N_(
            "The database cannot be opened. Its folder must exist, and Homeroom must be allowed to write"
            " there."
        ),
    ),
    (
        "SQLITE_IOERR",
        _WAIT,
        N_("The disk does not read or write the database as it should. Look for a full or failing disk."),
    ),
    (
        "SQLITE_NOTADB",
        _MEND,
        N_(
            "The file is no database of Homeroom's. Name another, or restore a backup with:"
            " homeroom db restore"
        ),
    ),
    ("SQLITE_CORRUPT", _MEND, N_("The database is damaged. Restore a backup with: homeroom db restore")),
)

_POSTGRES: tuple[tuple[str, type[StorageError], str], ...] = (
    ("28", _MEND, N_("PostgreSQL refuses the name or the password. Mend database.url.")),
    ("3D000", _MEND, N_("PostgreSQL has no database of that name. Create it, or mend database.url.")),
    (
        "42501",
        _MEND,
        N_("PostgreSQL does not give this user the rights it needs. Make it the database's owner."),
    ),
    ("53100", _WAIT, N_("PostgreSQL's disk is full, so nothing can be stored. Make room there.")),
    ("53", _WAIT, N_("PostgreSQL has no room for another connection. Close some, or raise max_connections.")),
    ("57", _WAIT, N_("PostgreSQL is stopping or starting. Homeroom tries again by itself.")),
    ("55P03", _WAIT, _BUSY),
    ("40", _WAIT, N_("Two programs changed the same thing at once, and this one gave way. Try again.")),
    (
        "25006",
        _WAIT,
        N_("PostgreSQL only lets this database be read. Name the primary server in database.url."),
    ),
    ("08", _WAIT, _REACH),
)


def storage_error(error: BaseException) -> StorageError | None:
    """The sentence for an error of a driver, or None when it is no error that a person could mend."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, DBAPIError):
        found = storage_error(error.orig) if error.orig is not None else None
        if found is None and error.connection_invalidated:
            return StorageUnavailable(_REACH)
        return found
    if isinstance(error, sqlite3.Error):
        name = getattr(error, "sqlite_errorname", None) or ""
        return _first(_SQLITE, name)
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return _first(_POSTGRES, state)
    if isinstance(error, OSError):
        return StorageUnavailable(_REACH)
    return None


def _first(table: tuple[tuple[str, type[StorageError], str], ...], code: str) -> StorageError | None:
    return next((kind(sentence) for start, kind, sentence in table if code.startswith(start)), None)


@contextmanager
def said_plainly() -> Iterator[None]:
    """Turn what a driver raises into a StorageError, where there is a sentence for it."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        found = storage_error(error)
        if found is None:
            raise
        raise found from error
