"""The catalogue, and what members did with it: enrolments, lessons done, exercises, questions, interests."""

from sqlalchemy import (
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
)

from storage.retention import UNTIL_FORGOTTEN, WITH_COMMUNITY, purpose
from storage.tables.base import metadata
from storage.types import Clean, Day, Id, Json, UtcDateTime, column

courses = Table(
    "courses",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id"), nullable=False, index=True),
    column("origin_id", Id, "none", ForeignKey("communities.id"), nullable=False),
    column("key", Clean, "none", nullable=False),
    column("title", Clean, "none", nullable=False),
    column("text", Clean, "none", nullable=False),
    column("language", String, "none", nullable=False),
    column("level", Integer, "none"),
    column("price", Integer, "none"),
    column("currency", String, "none"),
    column("link", Clean, "none"),
    column("teacher", Clean, "none", nullable=False),
    column("tags", Json, "none", nullable=False),
    column("minutes", Integer, "none"),
    column("position", Integer, "none", nullable=False),
    column("sought", Clean, "none", nullable=False),
    column("state", String, "none", nullable=False),
    column("pinned_until", UtcDateTime, "none"),
    column("boost", Float, "none", nullable=False),
    column("boosted_until", UtcDateTime, "none"),
    column("made_at", UtcDateTime, "none", nullable=False),
    column("changed_at", UtcDateTime, "none", nullable=False),
    UniqueConstraint("origin_id", "key"),
    info=purpose("The school's courses.", "house", WITH_COMMUNITY),
)
"""`key` is the name a file or a shop calls it by, folded. `level`: 1 beginner, 2 intermediate, 3 advanced.
`price` is in the currency's smallest unit. `state`: draft, published or archived. `boost` is in deviations
of a score. `sought` is what a search looks through: title, teacher, key and tags, folded."""

course_covers = Table(
    "course_covers",
    metadata,
    column("course_id", Id, "none", ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True),
    column("picture", LargeBinary, "none", nullable=False),
    info=purpose("The pictures on the courses' cards.", "house", WITH_COMMUNITY),
)

course_needs = Table(
    "course_needs",
    metadata,
    column("course_id", Id, "none", ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True),
    column(
        "needs_id", Id, "none", ForeignKey("courses.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    info=purpose("Which course is to be finished before another.", "house", WITH_COMMUNITY),
)

lessons = Table(
    "lessons",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("course_id", Id, "none", ForeignKey("courses.id", ondelete="CASCADE"), nullable=False),
    column("key", Clean, "none", nullable=False),
    column("position", Integer, "none", nullable=False),
    column("title", Clean, "none", nullable=False),
    column("kind", String, "none", nullable=False),
    column("text", Clean, "none", nullable=False),
    column("link", Clean, "none"),
    column("minutes", Integer, "none"),
    column("starts_at", UtcDateTime, "none"),
    column("ends_at", UtcDateTime, "none"),
    column("gone_at", UtcDateTime, "none"),
    UniqueConstraint("course_id", "key"),
    info=purpose("The lessons of the courses.", "house", WITH_COMMUNITY),
)
"""`kind`: video, audio, live, article, exercise or quiz."""

cohorts = Table(
    "cohorts",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "none", ForeignKey("communities.id"), nullable=False, index=True),
    column("course_id", Id, "none", ForeignKey("courses.id", ondelete="CASCADE"), nullable=False, index=True),
    column("name", Clean, "none", nullable=False),
    column("starts_on", Day, "none", nullable=False),
    column("every_days", Integer, "none", nullable=False),
    column("channel_id", Id, "none", ForeignKey("channels.id")),
    column("space_id", Id, "none", ForeignKey("spaces.id")),
    column("told_until", Day, "none", nullable=False),
    column("made_at", UtcDateTime, "none", nullable=False),
    column("ended_at", UtcDateTime, "none"),
    info=purpose("The runs of the courses.", "house", WITH_COMMUNITY),
)
"""A lesson opens every so many days from the start; 0: all are open from the start on. `told_until`: the
last day whose lessons its channel has heard of."""

enrolments = Table(
    "enrolments",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False, index=True),
    column("course_id", Id, "derived", ForeignKey("courses.id", ondelete="CASCADE"), nullable=False),
    column("account_id", Id, "id", ForeignKey("accounts.id"), index=True),
    column("row_id", Id, "id", ForeignKey("roster.id", ondelete="CASCADE"), index=True),
    column("cohort_id", Id, "derived", ForeignKey("cohorts.id", ondelete="SET NULL"), index=True),
    column("source", String, "derived", nullable=False),
    column("state", String, "derived", nullable=False),
    column("state_at", UtcDateTime, "derived"),
    column("enrolled_at", UtcDateTime, "derived", nullable=False),
    column("started_at", UtcDateTime, "derived"),
    column("finished_at", UtcDateTime, "derived"),
    column("moved_at", UtcDateTime, "derived", nullable=False),
    column("stars", Integer, "derived"),
    column("words", Clean, "text"),
    column("rated_at", UtcDateTime, "derived"),
    column("remind_at", UtcDateTime, "derived"),
    column("nudged_at", UtcDateTime, "derived"),
    UniqueConstraint("course_id", "account_id"),
    UniqueConstraint("course_id", "row_id"),
    info=purpose(
        "Which courses you take, how far you are, and how you rated them.", "course", UNTIL_FORGOTTEN
    ),
)
"""Whose it is, is an account (who enrolled in the chat) or a row of the roster (who bought it), never both,
so that neither a link nor a claim has to touch it. `state`: enrolled, left or refunded, told for the moment
`state_at`; none where nobody said it, and lessons were done. `moved_at`: when anything happened last."""

lessons_done = Table(
    "lessons_done",
    metadata,
    column("enrolment_id", Id, "id", ForeignKey("enrolments.id", ondelete="CASCADE"), primary_key=True),
    column(
        "lesson_id", Id, "derived", ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True, index=True
    ),
    column("done_at", UtcDateTime, "derived", nullable=False),
    column("mark", Float, "derived"),
    column("source", String, "derived", nullable=False),
    info=purpose("Which lessons you did, and your marks.", "course", UNTIL_FORGOTTEN),
)
"""`mark`: the share that was right, 0 to 1."""

attendance = Table(
    "attendance",
    metadata,
    column("lesson_id", Id, "derived", ForeignKey("lessons.id", ondelete="CASCADE"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("course_id", Id, "derived", ForeignKey("courses.id", ondelete="CASCADE"), nullable=False),
    column("seconds", Integer, "derived", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    column("source", String, "derived", nullable=False),
    column("counted_at", UtcDateTime, "derived"),
    info=purpose("Which live lessons you were at, and how long.", "course", UNTIL_FORGOTTEN),
)
"""`at`: up to which moment the seconds are counted, so that none counts twice. `counted_at`: when it was
decided, after the end, whether they were enough. `source`: voice or button."""

nudge_wishes = Table(
    "nudge_wishes",
    metadata,
    column("community_id", Id, "derived", ForeignKey("communities.id"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True, index=True),
    column("quiet_until", UtcDateTime, "derived"),
    column("at", UtcDateTime, "derived", nullable=False),
    info=purpose("That I may not remind you of your next lesson.", "course", UNTIL_FORGOTTEN),
)
"""Without an end: not until they ask for it again."""

submissions = Table(
    "submissions",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("course_id", Id, "derived", ForeignKey("courses.id", ondelete="CASCADE"), nullable=False),
    column("lesson_id", Id, "derived", ForeignKey("lessons.id", ondelete="CASCADE"), nullable=False),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False, index=True),
    column("text", Clean, "text", nullable=False),
    column("link", Clean, "text"),
    column("file", Json, "text"),
    column("handed_in_at", UtcDateTime, "derived", nullable=False),
    column("state", String, "derived", nullable=False),
    column("words", Clean, "text"),
    column("marked_by", Id, "id", ForeignKey("accounts.id")),
    column("marked_at", UtcDateTime, "derived"),
    Index("ix_submissions_waiting", "community_id", "state", "handed_in_at"),
    info=purpose("Exercises that you handed in, and what the teacher said.", "course", UNTIL_FORGOTTEN),
)
"""`state`: draft (for which exercise is not said yet), waiting, passed or again. `file` says where the
platform has it; it is never fetched."""

asked = Table(
    "asked",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False, index=True),
    column("origin_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False, index=True),
    column("course_id", Id, "derived", ForeignKey("courses.id", ondelete="SET NULL"), index=True),
    column("lesson_id", Id, "derived", ForeignKey("lessons.id", ondelete="SET NULL")),
    column("text", Clean, "text", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    column("helped", Boolean, "derived"),
    column("passed_on_at", UtcDateTime, "derived"),
    column("answered_at", UtcDateTime, "derived"),
    info=purpose("What you asked with /ask, and which lesson I named.", "course", UNTIL_FORGOTTEN),
)
"""Without a course: nothing in the catalogue answers it. `helped`: what the member said; `passed_on_at`: when
it went to the teachers."""

interests = Table(
    "interests",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("community_id", Id, "derived", ForeignKey("communities.id"), nullable=False, index=True),
    column("origin_id", Id, "derived", ForeignKey("communities.id"), nullable=False),
    column("account_id", Id, "id", ForeignKey("accounts.id"), nullable=False, index=True),
    column("topic", Clean, "derived", nullable=False),
    column("wanted", Boolean, "derived", nullable=False),
    column("at", UtcDateTime, "derived", nullable=False),
    UniqueConstraint("origin_id", "account_id", "topic"),
    info=purpose("What you told me that you like, or do not.", "course", UNTIL_FORGOTTEN),
)
"""`topic` is folded. `wanted` false: it was taken for an interest, and the member said that it is none."""

hooks = Table(
    "hooks",
    metadata,
    column("community_id", Id, "none", ForeignKey("communities.id"), primary_key=True),
    column("key", Clean, "none", primary_key=True),
    column("at", UtcDateTime, "none", nullable=False),
    info=purpose(
        "Which messages of the school's shop were taken, so that none counts twice.", "house", WITH_COMMUNITY
    ),
)
