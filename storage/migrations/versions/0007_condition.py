"""Condition: what admins were told of, and what they put off."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")
Moment = sa.BigInteger()


def _belongs(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=f"fk_{table}_{column}", ondelete="CASCADE")


def upgrade() -> None:
    op.create_table(
        "findings",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("space_id", Id),
        sa.Column("words", Json),
        sa.Column("found_at", Moment, nullable=False),
        sa.Column("told_at", Moment),
        _belongs("findings", "community_id", "communities"),
        _belongs("findings", "space_id", "spaces"),
        sa.PrimaryKeyConstraint("id", name="pk_findings"),
        sa.UniqueConstraint("community_id", "key", name="uq_findings_community_id_key"),
    )
    op.create_index("ix_findings_space_id", "findings", ["space_id"])
    op.create_table(
        "put_offs",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("until", Moment, nullable=False),
        _belongs("put_offs", "community_id", "communities"),
        _belongs("put_offs", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("community_id", "account_id", "key", name="pk_put_offs"),
    )
    op.create_table(
        "today_readers",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("weekly", sa.Boolean(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("looked_on", sa.Date()),
        _belongs("today_readers", "community_id", "communities"),
        _belongs("today_readers", "account_id", "accounts"),
        sa.PrimaryKeyConstraint("community_id", "account_id", name="pk_today_readers"),
    )


def downgrade() -> None:
    for table in ("today_readers", "put_offs", "findings"):
        op.drop_table(table)
