"""Files of posts: the columns id, text, and where they are label, source and lang."""

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.cli.options import give_up

MOST_LETTERS = 10_000_000
"""Of one cell, before the file is taken for no CSV."""


def read_posts(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a CSV file, or of one that is compressed (.gz). Exits with a sentence."""
    try:
        with _opened(path) as file:
            csv.field_size_limit(MOST_LETTERS)
            reader = csv.DictReader(file, restval="")
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                give_up(
                    f"{path} has no column {missing[0]!r}. Its first line names them: {', '.join(needed)}."
                )
            return [{name: value for name, value in row.items() if name is not None} for row in reader]
    except (EOFError, gzip.BadGzipFile):
        give_up(f"{path} is cut short or not compressed.")
    except OSError as error:
        give_up(f"{path} cannot be read: {error.strerror}.")
    except (UnicodeDecodeError, csv.Error) as error:
        give_up(f"{path} is no CSV in UTF-8: {error}.")


def read_labelled(path: Path) -> list[dict[str, str]]:
    """Rows with id, text and a label that the judge knows. Exits with a sentence."""
    from recsys.quality.kinds import LABELS

    rows = read_posts(path, ("id", "text", "label"))
    for line, row in enumerate(rows, 2):
        if row["label"] not in LABELS:
            give_up(f"{path}, row {line}: {row['label']!r} is no label. Labels are {', '.join(LABELS)}.")
    return rows


def _opened(path: Path) -> Any:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")
