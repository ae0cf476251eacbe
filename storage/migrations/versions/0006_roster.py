"""The roster: rows of people who were sold something, and who they turned out to be."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "roster",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("origin_id", Id, nullable=False),
        sa.Column("email", sa.String()),
        sa.Column("email_key", sa.String()),
        sa.Column("customer", sa.String()),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("platform", sa.String()),
        sa.Column("external_id", sa.String()),
        sa.Column("handle", sa.String()),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("link", sa.String()),
        sa.Column("space_id", Id),
        sa.Column("imported_at", Moment, nullable=False),
        sa.Column("put_off_until", Moment),
        sa.Column("account_id", Id),
        sa.Column("claimed_at", Moment),
        sa.Column("claimed_how", sa.String()),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_roster_community_id"),
        sa.ForeignKeyConstraint(["origin_id"], ["communities.id"], name="fk_roster_origin_id"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_roster_space_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_roster_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_roster"),
        sa.UniqueConstraint("origin_id", "email_key", name="uq_roster_origin_id_email_key"),
        sa.UniqueConstraint("origin_id", "customer", name="uq_roster_origin_id_customer"),
        sa.UniqueConstraint("link", name="uq_roster_link"),
    )
    op.create_index("ix_roster_claimed", "roster", ["community_id", "account_id"])
    op.create_index("ix_roster_account_id", "roster", ["account_id"])
    op.create_index("ix_roster_hint", "roster", ["community_id", "platform", "external_id"])
    op.create_index("ix_roster_handle", "roster", ["community_id", "handle"])
    op.create_table(
        "purchases",
        sa.Column("row_id", Id, nullable=False),
        sa.Column("course_key", sa.String(), nullable=False),
        sa.Column("course", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("bought_on", sa.Date()),
        sa.Column("paid_until", sa.Date()),
        sa.Column("changed_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["row_id"], ["roster.id"], name="fk_purchases_row_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("row_id", "course_key", name="pk_purchases"),
    )
    op.create_table(
        "roster_refusals",
        sa.Column("row_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["row_id"], ["roster.id"], name="fk_roster_refusals_row_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_roster_refusals_account_id"),
        sa.PrimaryKeyConstraint("row_id", "account_id", name="pk_roster_refusals"),
    )
    op.create_index("ix_roster_refusals_account_id", "roster_refusals", ["account_id"])
    op.create_table(
        "join_requests",
        sa.Column("space_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("invite", sa.String()),
        sa.Column("asked_at", Moment, nullable=False),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_join_requests_space_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_join_requests_account_id"),
        sa.PrimaryKeyConstraint("space_id", "account_id", name="pk_join_requests"),
    )
    op.create_index("ix_join_requests_account_id", "join_requests", ["account_id"])


def downgrade() -> None:
    for table in ("join_requests", "roster_refusals", "purchases", "roster"):
        op.drop_table(table)
