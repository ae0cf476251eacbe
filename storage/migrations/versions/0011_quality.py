"""Quality: how posts were read, cases, verdicts, and what was learned of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "heads",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("figures", Json, nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_heads_community_id"),
        sa.PrimaryKeyConstraint("id", name="pk_heads"),
        sa.UniqueConstraint("community_id", "version", name="uq_heads_community_id_version"),
    )
    op.create_table(
        "course_reviews",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("done_at", Moment),
        sa.Column("done_by", Id),
        sa.Column("outcome", sa.String()),
        sa.Column("words", sa.String()),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_course_reviews_community_id"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_course_reviews_course_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["done_by"], ["accounts.id"], name="fk_course_reviews_done_by"),
        sa.PrimaryKeyConstraint("id", name="pk_course_reviews"),
    )
    op.create_index("ix_course_reviews_course_id", "course_reviews", ["course_id"])
    op.create_index(
        "ix_course_reviews_open",
        "course_reviews",
        ["course_id"],
        unique=True,
        sqlite_where=sa.text("done_at IS NULL"),
        postgresql_where=sa.text("done_at IS NULL"),
    )
    op.create_table(
        "expert_wishes",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("a_day", sa.Integer()),
        sa.Column("paused_until", Moment),
        sa.Column("letters", sa.Boolean(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_expert_wishes_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_expert_wishes_community_id"),
        sa.PrimaryKeyConstraint("community_id", "account_id", name="pk_expert_wishes"),
    )
    op.create_index("ix_expert_wishes_account_id", "expert_wishes", ["account_id"])
    op.create_table(
        "scores",
        sa.Column("space_id", Id, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("advert", sa.Float(), nullable=False),
        sa.Column("abuse", sa.Float(), nullable=False),
        sa.Column("low_effort", sa.Float(), nullable=False),
        sa.Column("off_topic", sa.Float(), nullable=False),
        sa.Column("helpful", sa.Float(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_scores_account_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_scores_space_id"),
        sa.PrimaryKeyConstraint("space_id", "message", name="pk_scores"),
    )
    op.create_index("ix_scores_account_id", "scores", ["account_id"])
    op.create_index("ix_scores_recent", "scores", ["space_id", "at"])
    op.create_table(
        "cases",
        sa.Column("id", Id, nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.Column("channel_id", Id),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("outcome", sa.String()),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("kept", Json),
        sa.Column("restored", sa.String()),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("decided_at", Moment),
        sa.Column("claimed_by", Id),
        sa.Column("claimed_until", Moment),
        sa.Column("appeal", sa.String()),
        sa.Column("appealed_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_cases_account_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_cases_channel_id"),
        sa.ForeignKeyConstraint(["claimed_by"], ["accounts.id"], name="fk_cases_claimed_by"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_cases_space_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cases"),
        sa.UniqueConstraint("space_id", "message", name="uq_cases_space_id_message"),
    )
    op.create_index("ix_cases_account_id", "cases", ["account_id"])
    op.create_index("ix_cases_open", "cases", ["space_id", "state", "opened_at"])
    op.create_table(
        "labels",
        sa.Column("id", Id, nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.Column("case_id", Id),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("encoder", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("features", sa.LargeBinary(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_labels_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_labels_case_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_labels_space_id"),
        sa.PrimaryKeyConstraint("id", name="pk_labels"),
        sa.UniqueConstraint("case_id", name="uq_labels_case_id"),
    )
    op.create_index("ix_labels_account_id", "labels", ["account_id"])
    op.create_index("ix_labels_space_id", "labels", ["space_id"])
    op.create_table(
        "reports",
        sa.Column("case_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_reports_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_reports_case_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_reports_space_id"),
        sa.PrimaryKeyConstraint("case_id", "account_id", name="pk_reports"),
    )
    op.create_index("ix_reports_account_id", "reports", ["account_id"])
    op.create_table(
        "verdicts",
        sa.Column("case_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("void_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_verdicts_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_verdicts_case_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_verdicts_space_id"),
        sa.PrimaryKeyConstraint("case_id", "account_id", name="pk_verdicts"),
    )
    op.create_index("ix_verdicts_account_id", "verdicts", ["account_id"])


def downgrade() -> None:
    for table in (
        "verdicts",
        "reports",
        "labels",
        "cases",
        "scores",
        "expert_wishes",
        "course_reviews",
        "heads",
    ):
        op.drop_table(table)
