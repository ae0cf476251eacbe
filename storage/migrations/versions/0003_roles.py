"""Roles: what is granted to people."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Moment = sa.BigInteger()


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", Id, nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("granted_by", Id),
        sa.Column("at", Moment, nullable=False),
        sa.Column("until", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_grants"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_grants_community_id"),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name="fk_grants_member_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_grants_account_id"),
        sa.ForeignKeyConstraint(["granted_by"], ["accounts.id"], name="fk_grants_granted_by"),
    )
    op.create_index("ix_grants_community_id", "grants", ["community_id"])
    op.create_index("ix_grants_member_id", "grants", ["member_id"])


def downgrade() -> None:
    op.drop_table("grants")
