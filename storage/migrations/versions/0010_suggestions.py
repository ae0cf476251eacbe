"""Suggestions: what was suggested, what came of it, and the models."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "models",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("serves_since", Moment),
        sa.Column("data_from", Moment),
        sa.Column("data_until", Moment),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.Column("courses", sa.Integer(), nullable=False),
        sa.Column("parameters", Json, nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("skipped", Json, nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_models_community_id"),
        sa.PrimaryKeyConstraint("id", name="pk_models"),
        sa.UniqueConstraint("community_id", "version", name="uq_models_community_id_version"),
    )
    op.create_table(
        "suggestion_wishes",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("every_days", sa.Integer()),
        sa.Column("reads", sa.Boolean()),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_suggestion_wishes_account_id"),
        sa.ForeignKeyConstraint(
            ["community_id"], ["communities.id"], name="fk_suggestion_wishes_community_id"
        ),
        sa.PrimaryKeyConstraint("community_id", "account_id", name="pk_suggestion_wishes"),
    )
    op.create_index("ix_suggestion_wishes_account_id", "suggestion_wishes", ["account_id"])
    op.create_table(
        "suggestions",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("arm", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("because", sa.String(), nullable=False),
        sa.Column("because_of", sa.String()),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("shown_at", Moment, nullable=False),
        sa.Column("opened_at", Moment),
        sa.Column("enrolled_at", Moment),
        sa.Column("dismissed_at", Moment),
        sa.Column("why", sa.String()),
        sa.Column("later_until", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_suggestions_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_suggestions_community_id"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_suggestions_course_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_suggestions"),
    )
    op.create_index("ix_suggestions_account_id", "suggestions", ["account_id"])
    op.create_index("ix_suggestions_course_id", "suggestions", ["course_id"])
    op.create_index("ix_suggestions_shown", "suggestions", ["community_id", "shown_at"])


def downgrade() -> None:
    for table in ("suggestions", "suggestion_wishes", "models"):
        op.drop_table(table)
