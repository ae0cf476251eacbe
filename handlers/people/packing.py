"""Packing: a person's rows as a zip: one JSON file, a CSV for each table, a page that says what they are."""

import csv
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from handlers.base import Texts
from storage.tables import metadata

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would run."""


def packed(everything: Mapping[str, Sequence[Mapping[str, Any]]], t: Texts) -> bytes:
    """Table -> rows, as a file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(everything, ensure_ascii=False, indent=1))
        about = [t("data.json holds everything. The same as tables:"), ""]
        for name, rows in everything.items():
            archive.writestr(f"{name}.csv", "\ufeff" + table_as_csv(rows))
            about.append(f"{name}.csv: {t(metadata.tables[name].info['purpose'])}")
        archive.writestr("about.txt", "\n".join(about) + "\n")
    return file.getvalue()


def table_as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows that may have different columns, below one head."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([cell(row.get(name)) for name in columns] for row in rows)
    return file.getvalue()


def cell(value: Any) -> Any:
    """A value for a spreadsheet: numbers stay numbers, and no text is taken for a formula."""
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
