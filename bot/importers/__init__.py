"""Importers: a community's history, from other programs' files into the same intake as live events."""

from bot.importers.errors import ImportProblem
from bot.importers.neutral import Kind, Reaction, Reading, Record, Refused
from bot.importers.opening import open_export

__all__ = ["ImportProblem", "Kind", "Reaction", "Reading", "Record", "Refused", "open_export"]
