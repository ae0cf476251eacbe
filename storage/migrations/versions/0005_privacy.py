"""Privacy: marks of the forgotten, and what members choose not to have done."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "forgotten",
        sa.Column("id", Id, nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("space_id", Id, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_forgotten"),
        sa.ForeignKeyConstraint(["space_id"], ["spaces.id"], name="fk_forgotten_space_id"),
    )
    op.create_index("ix_forgotten_mark", "forgotten", ["mark"])
    op.create_index("ix_forgotten_space_id", "forgotten", ["space_id"])
    for name in ("profiled", "recorded"):
        op.add_column("members", sa.Column(name, sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    for name in ("recorded", "profiled"):
        op.drop_column("members", name)
    op.drop_table("forgotten")
