"""Board steps: how many members have so many points, kept by triggers."""

# ruff: noqa: S608 - the SQL is put together from texts of this file alone

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

# Board steps: a change of a total moves the steps between its points before and after, by one member.

SQLITE_FIRST_STEP = """
    INSERT INTO board_steps (community_id, period, floor, members)
        SELECT new.community_id, new.period, 1, 0 WHERE {when} AND NOT EXISTS (
            SELECT 1 FROM board_steps
            WHERE community_id = new.community_id AND period = new.period AND floor = 1
        );
"""
SQLITE_TRIGGERS = (
    f"""
    CREATE TRIGGER totals_come AFTER INSERT ON totals WHEN new.listed AND new.points > 0
    BEGIN
        {SQLITE_FIRST_STEP.format(when="true")}
        UPDATE board_steps SET members = members + 1
            WHERE community_id = new.community_id AND period = new.period AND floor <= new.points;
    END
    """,
    """
    CREATE TRIGGER totals_go AFTER DELETE ON totals WHEN old.listed AND old.points > 0
    BEGIN
        UPDATE board_steps SET members = members - 1
            WHERE community_id = old.community_id AND period = old.period AND floor <= old.points;
    END
    """,
    f"""
    CREATE TRIGGER totals_rise AFTER UPDATE OF points, listed ON totals
    WHEN new.community_id = old.community_id AND new.period = old.period AND new.listed AND new.points > 0
        AND (NOT old.listed OR new.points > old.points)
    BEGIN
        {SQLITE_FIRST_STEP.format(when="(NOT old.listed OR old.points <= 0)")}
        UPDATE board_steps SET members = members + 1
            WHERE community_id = new.community_id AND period = new.period AND floor <= new.points
                AND floor > CASE WHEN old.listed THEN old.points ELSE 0 END;
    END
    """,
    """
    CREATE TRIGGER totals_fall AFTER UPDATE OF points, listed ON totals
    WHEN new.community_id = old.community_id AND new.period = old.period AND old.listed AND old.points > 0
        AND (NOT new.listed OR new.points < old.points)
    BEGIN
        UPDATE board_steps SET members = members - 1
            WHERE community_id = old.community_id AND period = old.period AND floor <= old.points
                AND floor > CASE WHEN new.listed THEN new.points ELSE 0 END;
    END
    """,
    f"""
    CREATE TRIGGER totals_move AFTER UPDATE OF community_id, period ON totals
    WHEN new.community_id != old.community_id OR new.period != old.period
    BEGIN
        UPDATE board_steps SET members = members - 1
            WHERE community_id = old.community_id AND period = old.period
                AND floor <= CASE WHEN old.listed THEN old.points ELSE 0 END;
        {SQLITE_FIRST_STEP.format(when="new.listed AND new.points > 0")}
        UPDATE board_steps SET members = members + 1
            WHERE community_id = new.community_id AND period = new.period
                AND floor <= CASE WHEN new.listed THEN new.points ELSE 0 END;
    END
    """,
)

# On PostgreSQL once a statement: a row that one transaction changes a thousand times grows slow there.
POSTGRES_PAIRS = {
    "INSERT": """
        SELECT CAST(NULL AS bigint) AS old_community, community_id AS new_community, period,
            CAST(0 AS bigint) AS before, CASE WHEN listed THEN greatest(points, 0) ELSE 0 END AS after
        FROM new_totals
    """,
    "DELETE": """
        SELECT community_id AS old_community, CAST(NULL AS bigint) AS new_community, period,
            CASE WHEN listed THEN greatest(points, 0) ELSE 0 END AS before, CAST(0 AS bigint) AS after
        FROM old_totals
    """,
    "UPDATE": """
        SELECT o.community_id AS old_community, n.community_id AS new_community, period,
            CASE WHEN o.listed THEN greatest(o.points, 0) ELSE 0 END AS before,
            CASE WHEN n.listed THEN greatest(n.points, 0) ELSE 0 END AS after
        FROM old_totals o FULL JOIN new_totals n USING (member_id, period)
    """,
}
POSTGRES_SEEN = {
    "INSERT": "NEW TABLE AS new_totals",
    "DELETE": "OLD TABLE AS old_totals",
    "UPDATE": "OLD TABLE AS old_totals NEW TABLE AS new_totals",
}
POSTGRES_FIRST_STEP = """
        INSERT INTO board_steps (community_id, period, floor, members)
            SELECT DISTINCT community_id, period, 1, 0 FROM new_totals
            WHERE listed AND points > 0 AND NOT EXISTS (
                SELECT 1 FROM board_steps step
                WHERE step.community_id = new_totals.community_id AND step.period = new_totals.period
                    AND step.floor = 1
            )
            ON CONFLICT DO NOTHING;
"""
POSTGRES_FUNCTION = """
    CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {first_step}
        WITH pairs AS MATERIALIZED ({pairs}),
        moves AS MATERIALIZED (
            SELECT new_community AS community_id, period, least(before, after) AS low,
                greatest(before, after) AS high, CASE WHEN after > before THEN 1 ELSE -1 END AS way
            FROM pairs WHERE new_community = old_community AND before <> after
            UNION ALL
            SELECT old_community, period, 0, before, -1
            FROM pairs WHERE new_community IS DISTINCT FROM old_community AND before > 0
            UNION ALL
            SELECT new_community, period, 0, after, 1
            FROM pairs WHERE new_community IS DISTINCT FROM old_community AND after > 0
        )
        UPDATE board_steps SET members = board_steps.members + changed.by_members
            FROM (
                SELECT step.community_id, step.period, step.floor, sum(moves.way) AS by_members
                FROM moves JOIN board_steps step ON step.community_id = moves.community_id
                    AND step.period = moves.period AND step.floor > moves.low AND step.floor <= moves.high
                GROUP BY step.community_id, step.period, step.floor
                HAVING sum(moves.way) <> 0
            ) AS changed
            WHERE board_steps.community_id = changed.community_id
                AND board_steps.period = changed.period AND board_steps.floor = changed.floor;
        RETURN NULL;
    END
    $$
"""
POSTGRES_TRIGGER = """
    CREATE TRIGGER {name} AFTER {event} ON totals REFERENCING {seen}
    FOR EACH STATEMENT EXECUTE FUNCTION {name}()
"""


def upgrade() -> None:
    op.create_table(
        "board_steps",
        sa.Column("community_id", Id, nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("floor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["community_id"], ["communities.id"], name="fk_board_steps_community_id"),
        sa.PrimaryKeyConstraint("community_id", "period", "floor", name="pk_board_steps"),
        sqlite_with_rowid=False,
    )
    op.execute(
        """
        INSERT INTO board_steps (community_id, period, floor, members)
            SELECT community_id, period, 1, count(*) FROM totals
            WHERE listed AND points > 0 GROUP BY community_id, period
        """
    )
    if op.get_bind().dialect.name == "sqlite":
        for trigger in SQLITE_TRIGGERS:
            op.execute(trigger)
    else:
        for event, pairs in POSTGRES_PAIRS.items():
            name = f"totals_{event.lower()}"
            first_step = "" if event == "DELETE" else POSTGRES_FIRST_STEP
            op.execute(POSTGRES_FUNCTION.format(name=name, first_step=first_step, pairs=pairs))
            op.execute(POSTGRES_TRIGGER.format(name=name, event=event, seen=POSTGRES_SEEN[event]))


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in ("come", "go", "rise", "fall", "move"):
            op.execute(f"DROP TRIGGER totals_{name}")
    else:
        for event in POSTGRES_PAIRS:
            op.execute(f"DROP TRIGGER totals_{event.lower()} ON totals")
            op.execute(f"DROP FUNCTION totals_{event.lower()}()")
    op.drop_table("board_steps")
