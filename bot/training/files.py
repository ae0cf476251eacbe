"""Files: the models of each community, in the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

from storage.models import StoredModel

FOLDER = "models"
ENDING = ".npz"
SPARE_SECONDS = 24 * 3600
"""A file that no model names is left so long: its training may not have told of it yet."""


def folder_of(data_folder: Path, community_id: int) -> Path:
    """Where a community's models are."""
    return data_folder / FOLDER / str(community_id)


def damaged(folder: Path, rows: Sequence[StoredModel]) -> frozenset[str]:
    """The versions whose file is gone, or is not what was written. Reads files: not for the event loop."""
    return frozenset(row.version for row in rows if row.file and not _is_whole(folder / row.file, row.sha256))


def _is_whole(file: Path, sha256: str) -> bool:
    try:
        return sha256_of(file) == sha256
    except OSError:
        return False


def sha256_of(file: Path) -> str:
    """Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def tidy(folder: Path, gone: Collection[str], needed: Collection[str], now: float) -> None:
    """Delete the files of models that were let go, and what no model ever named. now: seconds since 1970.

    What cannot be deleted does no harm.
    """
    for file in folder.glob(f"*{ENDING}*"):
        try:
            left_over = file.name not in needed and now - file.stat().st_mtime > SPARE_SECONDS
            if file.name in gone or left_over:
                file.unlink(missing_ok=True)
        except OSError:
            continue
