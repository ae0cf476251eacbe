"""Codes: one-time codes, the accounts that they link, and the communities that they connect."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BROUGHT = (
    ("connected_spaces", "space_id", "spaces.id"),
    ("connected_accounts", "account_id", "accounts.id"),
    ("connected_entries", "entry_id", "entries.id"),
    ("connected_grants", "grant_id", "grants.id"),
)


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
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_codes_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["proven_by"], ["accounts.id"], name="fk_codes_proven_by", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("label", name="uq_codes_label"),
    )
    op.create_index("ix_codes_account_id", "codes", ["account_id"])
    op.create_index("ix_codes_proven_by", "codes", ["proven_by"])
    op.create_index("ix_codes_expires_at", "codes", ["expires_at"])
    op.create_index("ix_codes_subject", "codes", ["kind", "subject"])
    op.create_table(
        "code_tries",
        sa.Column("account_id", Id, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", name="pk_code_tries"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_code_tries_account_id", ondelete="CASCADE"
        ),
    )
    op.create_table(
        "connections",
        sa.Column("id", Id, nullable=False),
        sa.Column("host_id", Id, nullable=False),
        sa.Column("guest_id", Id, nullable=False),
        sa.Column("made_by", Id, nullable=True),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_connections"),
        sa.ForeignKeyConstraint(["host_id"], ["communities.id"], name="fk_connections_host_id"),
        sa.ForeignKeyConstraint(["guest_id"], ["communities.id"], name="fk_connections_guest_id"),
        sa.ForeignKeyConstraint(
            ["made_by"], ["accounts.id"], name="fk_connections_made_by", ondelete="SET NULL"
        ),
        sa.UniqueConstraint("guest_id", name="uq_connections_guest_id"),
    )
    op.create_index("ix_connections_host_id", "connections", ["host_id"])
    for name, key, target in BROUGHT:
        op.create_table(
            name,
            sa.Column("connection_id", Id, nullable=False, autoincrement=False),
            sa.Column(key, Id, nullable=False, autoincrement=False),
            sa.PrimaryKeyConstraint("connection_id", key, name=f"pk_{name}"),
            sa.ForeignKeyConstraint(
                ["connection_id"], ["connections.id"], name=f"fk_{name}_connection_id", ondelete="CASCADE"
            ),
            sa.ForeignKeyConstraint([key], [target], name=f"fk_{name}_{key}", ondelete="CASCADE"),
        )
        op.create_index(f"ix_{name}_{key}", name, [key])
    op.create_table(
        "links",
        sa.Column("community_id", Id, nullable=False, autoincrement=False),
        sa.Column("account_id", Id, nullable=False, autoincrement=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("connection_id", Id, nullable=True),
        sa.PrimaryKeyConstraint("community_id", "account_id", name="pk_links"),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_links_community_id"),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_links_account_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["connections.id"], name="fk_links_connection_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_links_connection_id", "links", ["connection_id"])


def downgrade() -> None:
    op.drop_table("links")
    for name, _, _ in BROUGHT:
        op.drop_table(name)
    op.drop_table("connections")
    op.drop_table("code_tries")
    op.drop_table("codes")
