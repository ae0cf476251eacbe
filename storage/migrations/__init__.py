"""Migrations: bring a database's tables to where this version of Homeroom needs them."""

from storage.migrations.running import current, head, upgrade

__all__ = ["current", "head", "upgrade"]
