"""Files: the models of each community, in the data folder; and the best of them that can be read."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from storage.models import StoredModel

if TYPE_CHECKING:
    from recsys.suggestions.saved import Saved

FOLDER = "models"
ENDING = ".npz"
SPARE_SECONDS = 24 * 3600
"""A file that no model names is left so long: its training may not have told of it yet."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What could be read. row, saved: None where no model can serve."""

    row: StoredModel | None = None
    saved: Saved | None = None
    faults: Mapping[str, str] = field(default_factory=dict)
    """Version -> a sentence, for the log: which could not."""


def folder_of(data_folder: Path, community_id: int) -> Path:
    """Where a community's models are."""
    return data_folder / FOLDER / str(community_id)


def load_first(folder: Path, rows: Sequence[StoredModel]) -> Loaded:
    """The model that serves or, where its file is gone or broken, the newest kept one that can be read.

    rows: those that can serve, in any order. Reads files: not for the event loop.
    """
    faults: dict[str, str] = {}
    for row in in_turn(rows):
        found = read(folder, row)
        if not isinstance(found, str):
            return Loaded(row, found, faults)
        faults[row.version] = found
    return Loaded(faults=faults)


def in_turn(rows: Sequence[StoredModel]) -> list[StoredModel]:
    """What serves first, then the others from the newest on."""
    return sorted(rows, key=lambda row: (row.state == "serves", row.id), reverse=True)


def read(folder: Path, row: StoredModel) -> Saved | str:
    """A model; or the sentence that says why it cannot be read."""
    from recsys.suggestions.saved import SavedError, load

    try:
        saved = load(folder / row.file)
    except SavedError as error:
        return str(error)
    return saved if saved.version == row.version else f"{row.file} is another model, {saved.version}."


def is_there(folder: Path, row: StoredModel) -> bool:
    """Whether its file is as it was written."""
    try:
        return sha256_of(folder / row.file) == row.sha256
    except OSError:
        return False


def sha256_of(file: Path) -> str:
    """Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def sweep(folder: Path, needed: Collection[str], now: float) -> None:
    """Delete what no model names any more. now: seconds since 1970."""
    for file in folder.glob(f"*{ENDING}*"):
        try:
            if file.name not in needed and now - file.stat().st_mtime > SPARE_SECONDS:
                file.unlink(missing_ok=True)
        except OSError:
            continue  # what cannot be deleted does no harm


def delete(folder: Path, names: Collection[str]) -> None:
    """Delete the files of models that were let go."""
    for name in names:
        try:
            (folder / name).unlink(missing_ok=True)
        except OSError:
            continue
