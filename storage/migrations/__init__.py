"""Migrations: bring a database's tables to where this version of Homeroom needs them."""

from storage.migrations.running import alembic_config, current, head, upgrade

__all__ = ["alembic_config", "current", "head", "upgrade"]
