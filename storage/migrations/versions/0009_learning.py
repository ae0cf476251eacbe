"""Learning: the catalogue, and what members did with it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()
Json = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.create_table(
        "courses",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("origin_id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("level", sa.Integer()),
        sa.Column("price", sa.Integer()),
        sa.Column("currency", sa.String()),
        sa.Column("link", sa.String()),
        sa.Column("teacher", sa.String(), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sought", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("pinned_until", Moment),
        sa.Column("boost", sa.Float(), nullable=False),
        sa.Column("boosted_until", Moment),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_courses_community_id"),
        sa.ForeignKeyConstraint(["origin_id"], ["communities.id"], name="fk_courses_origin_id"),
        sa.PrimaryKeyConstraint("id", name="pk_courses"),
        sa.UniqueConstraint("origin_id", "key", name="uq_courses_origin_id_key"),
    )
    op.create_index("ix_courses_community_id", "courses", ["community_id"])
    op.create_table(
        "hooks",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_hooks_community_id"),
        sa.PrimaryKeyConstraint("community_id", "key", name="pk_hooks"),
    )
    op.create_table(
        "course_covers",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("picture", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_course_covers_course_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("course_id", name="pk_course_covers"),
    )
    op.create_table(
        "course_needs",
        sa.Column("course_id", Id, nullable=False),
        sa.Column("needs_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_course_needs_course_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["needs_id"], ["courses.id"], name="fk_course_needs_needs_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("course_id", "needs_id", name="pk_course_needs"),
    )
    op.create_index("ix_course_needs_needs_id", "course_needs", ["needs_id"])
    op.create_table(
        "interests",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("origin_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_interests_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_interests_community_id"),
        sa.ForeignKeyConstraint(["origin_id"], ["communities.id"], name="fk_interests_origin_id"),
        sa.PrimaryKeyConstraint("id", name="pk_interests"),
        sa.UniqueConstraint(
            "origin_id", "account_id", "topic", name="uq_interests_origin_id_account_id_topic"
        ),
    )
    op.create_index("ix_interests_account_id", "interests", ["account_id"])
    op.create_index("ix_interests_community_id", "interests", ["community_id"])
    op.create_table(
        "lessons",
        sa.Column("id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("link", sa.String()),
        sa.Column("minutes", sa.Integer()),
        sa.Column("starts_at", Moment),
        sa.Column("ends_at", Moment),
        sa.Column("gone_at", Moment),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_lessons_course_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_lessons"),
        sa.UniqueConstraint("course_id", "key", name="uq_lessons_course_id_key"),
    )
    op.create_table(
        "asked",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("origin_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("course_id", Id),
        sa.Column("lesson_id", Id),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("helped", sa.Boolean()),
        sa.Column("passed_on_at", Moment),
        sa.Column("answered_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_asked_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_asked_community_id"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_asked_course_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name="fk_asked_lesson_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["origin_id"], ["communities.id"], name="fk_asked_origin_id"),
        sa.PrimaryKeyConstraint("id", name="pk_asked"),
    )
    op.create_index("ix_asked_account_id", "asked", ["account_id"])
    op.create_index("ix_asked_community_id", "asked", ["community_id"])
    op.create_index("ix_asked_course_id", "asked", ["course_id"])
    op.create_table(
        "attendance",
        sa.Column("lesson_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("counted_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_attendance_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_attendance_community_id"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_attendance_course_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name="fk_attendance_lesson_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("lesson_id", "account_id", name="pk_attendance"),
    )
    op.create_index("ix_attendance_account_id", "attendance", ["account_id"])
    op.create_table(
        "nudge_wishes",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("quiet_until", Moment),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_nudge_wishes_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_nudge_wishes_community_id"),
        sa.PrimaryKeyConstraint("community_id", "account_id", name="pk_nudge_wishes"),
    )
    op.create_index("ix_nudge_wishes_account_id", "nudge_wishes", ["account_id"])
    op.create_table(
        "cohorts",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("every_days", sa.Integer(), nullable=False),
        sa.Column("channel_id", Id),
        sa.Column("space_id", Id),
        sa.Column("told_until", sa.Date(), nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("ended_at", Moment),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_cohorts_channel_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_cohorts_community_id"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_cohorts_course_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_cohorts_space_id"),
        sa.PrimaryKeyConstraint("id", name="pk_cohorts"),
    )
    op.create_index("ix_cohorts_community_id", "cohorts", ["community_id"])
    op.create_index("ix_cohorts_course_id", "cohorts", ["course_id"])
    op.create_table(
        "submissions",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("lesson_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("link", sa.String()),
        sa.Column("file", Json),
        sa.Column("handed_in_at", Moment, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String()),
        sa.Column("marked_by", Id),
        sa.Column("marked_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_submissions_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_submissions_community_id"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_submissions_course_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name="fk_submissions_lesson_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["marked_by"], ["accounts.id"], name="fk_submissions_marked_by"),
        sa.PrimaryKeyConstraint("id", name="pk_submissions"),
    )
    op.create_index("ix_submissions_account_id", "submissions", ["account_id"])
    op.create_index("ix_submissions_waiting", "submissions", ["community_id", "state", "handed_in_at"])
    op.create_table(
        "enrolments",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("course_id", Id, nullable=False),
        sa.Column("account_id", Id),
        sa.Column("row_id", Id),
        sa.Column("cohort_id", Id),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", Moment),
        sa.Column("enrolled_at", Moment, nullable=False),
        sa.Column("started_at", Moment),
        sa.Column("finished_at", Moment),
        sa.Column("moved_at", Moment, nullable=False),
        sa.Column("stars", sa.Integer()),
        sa.Column("words", sa.String()),
        sa.Column("rated_at", Moment),
        sa.Column("remind_at", Moment),
        sa.Column("nudged_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_enrolments_account_id"),
        sa.ForeignKeyConstraint(
            ["cohort_id"], ["cohorts.id"], name="fk_enrolments_cohort_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_enrolments_community_id"),
        sa.ForeignKeyConstraint(
            ["course_id"], ["courses.id"], name="fk_enrolments_course_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["row_id"], ["roster.id"], name="fk_enrolments_row_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolments"),
        sa.UniqueConstraint("course_id", "account_id", name="uq_enrolments_course_id_account_id"),
        sa.UniqueConstraint("course_id", "row_id", name="uq_enrolments_course_id_row_id"),
    )
    op.create_index("ix_enrolments_account_id", "enrolments", ["account_id"])
    op.create_index("ix_enrolments_cohort_id", "enrolments", ["cohort_id"])
    op.create_index("ix_enrolments_community_id", "enrolments", ["community_id"])
    op.create_index("ix_enrolments_row_id", "enrolments", ["row_id"])
    op.create_table(
        "lessons_done",
        sa.Column("enrolment_id", Id, nullable=False),
        sa.Column("lesson_id", Id, nullable=False),
        sa.Column("done_at", Moment, nullable=False),
        sa.Column("mark", sa.Float()),
        sa.Column("source", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolments.id"], name="fk_lessons_done_enrolment_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["lesson_id"], ["lessons.id"], name="fk_lessons_done_lesson_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("enrolment_id", "lesson_id", name="pk_lessons_done"),
    )
    op.create_index("ix_lessons_done_lesson_id", "lessons_done", ["lesson_id"])


def downgrade() -> None:
    for table in (
        "lessons_done",
        "enrolments",
        "submissions",
        "cohorts",
        "nudge_wishes",
        "attendance",
        "asked",
        "lessons",
        "interests",
        "course_needs",
        "course_covers",
        "hooks",
        "courses",
    ):
        op.drop_table(table)
