"""Importing: what every import shares, how a file is read, which rows were refused, and the house."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import give_up, tell
from bot.clock import utc_now
from bot.config import Config

if TYPE_CHECKING:
    from bot.batch import House
    from bot.importers import Reading, Refused

DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and report; store nothing.")]
Report = Annotated[
    Path | None, typer.Option("--report", help="Where rows that were refused are listed, each with its line.")
]
File = Annotated[Path, typer.Argument(help="The file.", show_default=False)]
SHOWN = 10
"""Refused rows that are shown; the report has all of them."""


def reading_of(file: Path, refusals: "Refusals") -> "Reading":
    """How a file is read: up to now, its refused rows kept."""
    from bot.importers import Reading
    from bot.importers.neutral import in_the_past

    return Reading(file.name, refusals.take, latest=in_the_past(utc_now()))


def house_of(config: Config) -> "House":
    """The features with their settings; what goes wrong inside is logged, what a person did is said."""
    from bot.batch import House
    from bot.logs import set_up_logs
    from bot.settings_book import SettingsBook, installation_settings
    from bot.texts import load_texts
    from handlers import FEATURES

    set_up_logs("error", config.logs.format, config.secrets())
    book = SettingsBook(FEATURES, installation_settings(FEATURES, config.features))
    return House(FEATURES, book, load_texts(), config.language)


class Refusals:
    """Rows that were refused: the first are shown, all go to the report."""

    def __init__(self, to: Path | None) -> None:
        self._to = to
        self._file: Any = None
        self._count = 0
        self._first: list[str] = []

    def __enter__(self) -> "Refusals":
        if self._to is not None:
            try:
                self._file = self._to.open("w", encoding="utf-8")
            except OSError as error:
                give_up(f"{self._to} cannot be written: {error.strerror}.")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, refused: "Refused") -> None:
        """One more."""
        self._count += 1
        if self._count <= SHOWN:
            self._first.append(str(refused))
        if self._file is not None:
            line = {"file": refused.file, "row": refused.row, "reason": str(refused.reason)}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def tell(self) -> None:
        """The first of them, and where the others are."""
        if not self._count:
            return
        tell(f"Refused: {self._count:,}")
        for line in self._first:
            sys.stderr.write(f"  {line}\n")
        if self._count > SHOWN:
            where = f"All are in {self._to}." if self._to else "With --report FILE all of them are listed."
            tell(f"  … {where}")
