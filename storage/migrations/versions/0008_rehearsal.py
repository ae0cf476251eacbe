"""Rehearsal: what it takes to judge a post again, and which entries new rules wrote over the past."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("posts", sa.Column("mentions", Json, nullable=True))
    op.add_column("posts", sa.Column("unpaid", sa.Boolean(), nullable=True))
    op.create_table(
        "rejudgings",
        sa.Column("action_id", Id, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("action_id", name="pk_rejudgings"),
        sa.ForeignKeyConstraint(["action_id"], ["audit.id"], name="fk_rejudgings_action_id"),
    )
    op.create_table(
        "rejudged",
        sa.Column("action_id", Id, nullable=False),
        sa.Column("entry_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("action_id", "entry_id", name="pk_rejudged"),
        sa.ForeignKeyConstraint(
            ["action_id"], ["rejudgings.action_id"], name="fk_rejudged_action_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entries.id"], name="fk_rejudged_entry_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_rejudged_entry_id", "rejudged", ["entry_id"])


def downgrade() -> None:
    op.drop_table("rejudged")
    op.drop_table("rejudgings")
    op.drop_column("posts", "unpaid")
    op.drop_column("posts", "mentions")
