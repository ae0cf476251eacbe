"""The first tables: communities, people, posts, the ledger, deliveries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(JSONB(), "postgresql")
Moment = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "communities",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("week_start", sa.Integer(), nullable=False),
        sa.Column("set_up_at", Moment),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_communities"),
    )
    op.create_table(
        "cursors",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "name", name="pk_cursors"),
    )
    op.create_table(
        "dead_events",
        sa.Column("id", Id, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("payload", sa.String(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dead_events"),
        sa.UniqueConstraint("platform", "key", name="uq_dead_events_platform_key"),
    )
    op.create_table(
        "gaps",
        sa.Column("id", Id, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("space", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("before", sa.String()),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gaps"),
        sa.UniqueConstraint("platform", "channel", "after", name="uq_gaps_platform_channel_after"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", Json),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("received_at", Moment, nullable=False),
        sa.Column("finished_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("platform", "key", name="uq_inbox_platform_key"),
    )
    op.create_index("ix_inbox_state", "inbox", ["state"])
    op.create_table(
        "troubles",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("event", Json),
        sa.Column("traceback", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_troubles"),
    )
    op.create_table(
        "accounts",
        sa.Column("id", Id, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("handle", sa.String()),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("reachable_at", Moment),
        sa.Column("community_id", Id),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_accounts_community_id"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("platform", "external_id", name="uq_accounts_platform_external_id"),
    )
    op.create_index("ix_accounts_handle", "accounts", ["platform", sa.text("lower(handle)")])
    op.create_table(
        "members",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String()),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("staff", sa.Boolean(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_members_community_id"),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
    )
    op.create_index("ix_members_community_id", "members", ["community_id"])
    op.create_table(
        "outbox",
        sa.Column("id", Id, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("community_id", Id),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("payload", Json),
        sa.Column("picture", sa.LargeBinary()),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("due_at", Moment, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("finished_at", Moment),
        sa.Column("message", sa.String()),
        sa.Column("error", sa.String()),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_outbox_community_id"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
    )
    op.create_index("ix_outbox_due", "outbox", ["state", "due_at"])
    op.create_table(
        "spaces",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("unreachable", sa.String()),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("removed_at", Moment),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_spaces_community_id"),
        sa.PrimaryKeyConstraint("id", name="pk_spaces"),
        sa.UniqueConstraint("platform", "external_id", name="uq_spaces_platform_external_id"),
    )
    op.create_index("ix_spaces_community_id", "spaces", ["community_id"])
    op.create_table(
        "audit",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("before", Json),
        sa.Column("after", Json),
        sa.Column("at", Moment, nullable=False),
        sa.Column("undone_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_audit_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_audit_community_id"),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_community_id", "audit", ["community_id"])
    op.create_table(
        "channels",
        sa.Column("id", Id, nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("parent_id", Id),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("gone_at", Moment),
        sa.ForeignKeyConstraint(["parent_id"], ["channels.id"], name="fk_channels_parent_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_channels_space_id"),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.UniqueConstraint("space_id", "external_id", name="uq_channels_space_id_external_id"),
    )
    op.create_table(
        "member_accounts",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_member_accounts_account_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_member_accounts_community_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_member_accounts_member_id"),
        sa.PrimaryKeyConstraint("community_id", "account_id", name="pk_member_accounts"),
    )
    op.create_index("ix_member_accounts_member_id", "member_accounts", ["member_id"])
    op.create_table(
        "memberships",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.Column("joined_at", Moment),
        sa.Column("left_at", Moment),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("roles", Json),
        sa.Column("invite", sa.String()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_memberships_account_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_memberships_space_id"),
        sa.PrimaryKeyConstraint("account_id", "space_id", name="pk_memberships"),
    )
    op.create_index("ix_memberships_space_id", "memberships", ["space_id"])
    op.create_table(
        "moved_spaces",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("old_id", sa.String(), nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_moved_spaces_space_id"),
        sa.PrimaryKeyConstraint("platform", "old_id", name="pk_moved_spaces"),
    )
    op.create_table(
        "reactions",
        sa.Column("space_id", Id, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("emoji", sa.String(), nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("change_order", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_reactions_account_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_reactions_space_id"),
        sa.PrimaryKeyConstraint("space_id", "message", "account_id", name="pk_reactions"),
    )
    op.create_table(
        "totals",
        sa.Column("member_id", Id, nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_totals_community_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_totals_member_id"),
        sa.PrimaryKeyConstraint("member_id", "period", name="pk_totals"),
    )
    op.create_index(
        "ix_totals_board", "totals", ["community_id", "period", "listed", sa.text("points DESC"), "member_id"]
    )
    op.create_table(
        "voice_presence",
        sa.Column("space_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_voice_presence_account_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_voice_presence_space_id"),
        sa.PrimaryKeyConstraint("space_id", "account_id", name="pk_voice_presence"),
    )
    op.create_table(
        "entries",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("space_id", Id),
        sa.Column("channel_id", Id),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("actor_account_id", Id),
        sa.Column("message", sa.String()),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("happened_at", Moment, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.Column("voids", Id),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_entries_account_id"),
        sa.ForeignKeyConstraint(["actor_account_id"], ["accounts.id"], name="fk_entries_actor_account_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_entries_channel_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_entries_community_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_entries_member_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_entries_space_id"),
        sa.ForeignKeyConstraint(["voids"], ["entries.id"], name="fk_entries_voids"),
        sa.PrimaryKeyConstraint("id", name="pk_entries"),
        sa.UniqueConstraint("source", "rule", "turn", name="uq_entries_source_rule_turn"),
    )
    op.create_index("ix_entries_member_day", "entries", ["member_id", "day"])
    op.create_index("ix_entries_message", "entries", ["space_id", "message"])
    op.create_table(
        "posts",
        sa.Column("id", Id, nullable=False),
        sa.Column("space_id", Id, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("channel_id", Id),
        sa.Column("account_id", Id),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("text", sa.String()),
        sa.Column("fingerprint", sa.BigInteger()),
        sa.Column("album", sa.String()),
        sa.Column("reply_to", sa.String()),
        sa.Column("forwarded", sa.Boolean(), nullable=False),
        sa.Column("stub", sa.Boolean(), nullable=False),
        sa.Column("posted_at", Moment, nullable=False),
        sa.Column("recorded_at", Moment, nullable=False),
        sa.Column("edited_at", Moment),
        sa.Column("edit_order", sa.BigInteger()),
        sa.Column("deleted_at", Moment),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_posts_account_id"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_posts_channel_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_posts_space_id"),
        sa.PrimaryKeyConstraint("id", name="pk_posts"),
        sa.UniqueConstraint("space_id", "album", name="uq_posts_space_id_album"),
        sa.UniqueConstraint("space_id", "message", name="uq_posts_space_id_message"),
    )
    op.create_index("ix_posts_author", "posts", ["account_id", "posted_at"])
    op.create_index("ix_posts_same_text", "posts", ["space_id", "fingerprint", "posted_at"])
    op.create_table(
        "settings",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("space_id", Id),
        sa.Column("channel_id", Id),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", Json),
        sa.Column("changed_by", Id),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["changed_by"], ["accounts.id"], name="fk_settings_changed_by"),
        sa.ForeignKeyConstraint(["channel_id"], ["channels.id"], name="fk_settings_channel_id"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_settings_community_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_settings_space_id"),
        sa.PrimaryKeyConstraint("id", name="pk_settings"),
    )
    op.create_index("ix_settings_scope", "settings", ["community_id", "key", "space_id", "channel_id"])
    op.create_table(
        "album_parts",
        sa.Column("space_id", Id, nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("post_id", Id, nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["posts.id"], name="fk_album_parts_post_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_album_parts_space_id"),
        sa.PrimaryKeyConstraint("space_id", "message", name="pk_album_parts"),
    )


def downgrade() -> None:
    op.drop_table("album_parts")
    op.drop_table("settings")
    op.drop_table("posts")
    op.drop_table("entries")
    op.drop_table("voice_presence")
    op.drop_table("totals")
    op.drop_table("reactions")
    op.drop_table("moved_spaces")
    op.drop_table("memberships")
    op.drop_table("member_accounts")
    op.drop_table("channels")
    op.drop_table("audit")
    op.drop_table("spaces")
    op.drop_table("outbox")
    op.drop_table("members")
    op.drop_table("accounts")
    op.drop_table("troubles")
    op.drop_table("inbox")
    op.drop_table("gaps")
    op.drop_table("dead_events")
    op.drop_table("cursors")
    op.drop_table("communities")
