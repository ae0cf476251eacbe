"""Codes: one-time codes that link accounts and connect spaces."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("id", Id, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("community_id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("proven_by", Id, nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_codes"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_codes_community_id"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_codes_account_id"),
        sa.ForeignKeyConstraint(["proven_by"], ["accounts.id"], name="fk_codes_proven_by"),
        sa.UniqueConstraint("label", name="uq_codes_label"),
    )
    op.create_index("ix_codes_expires_at", "codes", ["expires_at"])
    op.create_index("ix_codes_subject", "codes", ["kind", "subject"])
    op.create_table(
        "code_tries",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_code_tries"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_code_tries_account_id"),
    )


def downgrade() -> None:
    op.drop_table("code_tries")
    op.drop_table("codes")
