"""Posts, the reactions to them, and who is in a voice channel."""

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Table, UniqueConstraint

from storage.retention import TEXTS, UNTIL_FORGOTTEN, WHILE_IN_VOICE, purpose
from storage.tables.base import metadata
from storage.types import Clean, Id, Json, UtcDateTime, column

posts = Table(
    "posts",
    metadata,
    column("id", Id, "none", primary_key=True),
    column("space_id", Id, "derived", ForeignKey("spaces.id"), nullable=False),
    column("message", String, "id", nullable=False),
    column("channel_id", Id, "derived", ForeignKey("channels.id")),
    column("account_id", Id, "id", ForeignKey("accounts.id")),
    column("author", String, "derived", nullable=False),
    column("content", String, "derived", nullable=False),
    column("text", Clean, "text"),
    column("fingerprint", BigInteger, "derived"),
    column("album", String, "id"),
    column("reply_to", String, "derived"),
    column("forwarded", Boolean, "derived", nullable=False),
    column("mentions", Json, "id"),
    column("unpaid", Boolean, "none"),
    column("stub", Boolean, "none", nullable=False),
    column("posted_at", UtcDateTime, "derived", nullable=False),
    column("recorded_at", UtcDateTime, "derived", nullable=False),
    column("edited_at", UtcDateTime, "derived"),
    column("edit_order", BigInteger, "none"),
    column("deleted_at", UtcDateTime, "derived"),
    UniqueConstraint("space_id", "message"),
    UniqueConstraint("space_id", "album"),
    Index("ix_posts_author", "account_id", "posted_at"),
    Index("ix_posts_same_text", "space_id", "fingerprint", "posted_at"),
    info=purpose(
        "What you wrote, when and where: to judge it, and to notice what is said twice.", "words", TEXTS
    ),
)
"""A `text` is empty where there was none, and NULL where it is not kept. `mentions` are the numbers of the
accounts that it named when it was judged. `unpaid` is true of what was brought in without points."""

album_parts = Table(
    "album_parts",
    metadata,
    column("space_id", Id, "derived", ForeignKey("spaces.id"), primary_key=True),
    column("message", String, "id", primary_key=True),
    column("post_id", Id, "none", ForeignKey("posts.id"), nullable=False),
    info=purpose("Which pictures are one post together.", "words", UNTIL_FORGOTTEN),
)

reactions = Table(
    "reactions",
    metadata,
    column("space_id", Id, "derived", ForeignKey("spaces.id"), primary_key=True),
    column("message", String, "id", primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True),
    column("emoji", Clean, "derived", nullable=False),
    column("changed_at", UtcDateTime, "derived", nullable=False),
    column("change_order", BigInteger, "none", nullable=False),
    info=purpose(
        "Which messages you reacted to, so that each reaction counts once.", "words", UNTIL_FORGOTTEN
    ),
)
"""What one account holds on one message: its emoji, joined by a space; empty when all were taken back."""

voice_presence = Table(
    "voice_presence",
    metadata,
    column("space_id", Id, "derived", ForeignKey("spaces.id"), primary_key=True),
    column("account_id", Id, "id", ForeignKey("accounts.id"), primary_key=True),
    column("channel", String, "derived", nullable=False),
    column("counts", Boolean, "derived", nullable=False),
    column("since", UtcDateTime, "derived", nullable=False),
    column("seconds", Integer, "derived", nullable=False),
    info=purpose(
        "That you are in a voice channel, to count the time spent together.", "words", WHILE_IN_VOICE
    ),
)
