"""Courses: catalogues from files, in whatever shape they lie there, into the catalogue of a community."""

from bot.importers.courses.bringing import Brought, bring_courses
from bot.importers.courses.columns import has_courses
from bot.importers.courses.reading import Line, read_courses

__all__ = ["Brought", "Line", "bring_courses", "has_courses", "read_courses"]
