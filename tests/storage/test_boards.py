"""Boards: places are those that counting everybody by hand would give."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select, update

from storage.tables import board_steps, members, totals
from storage.values import BoardRow, Standing
from tests.storage.making import NOW, a_member, a_school, earn, undone

SHARED = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40
)  # the database is shared by the examples: each rolls back what it did


def by_hand(people) -> list[BoardRow]:
    """(member, name, points, listed) -> the board."""
    on_board = sorted(((-p, m, n) for m, n, p, listed in people if listed and p > 0))
    return [
        BoardRow(1 + sum(other < points for other, _, _ in on_board), member, name, -points)
        for points, member, name in on_board
    ]


async def put(store, community: int, people, period: str = "all") -> list[tuple[int, str, int, bool]]:
    """Members with such (points, listed)."""
    rows = []
    for points, listed in people:
        made = await store.connection.execute(
            insert(members)
            .values(community_id=community, name="", hidden=False, staff=False, listed=listed, created_at=NOW)
            .returning(members.c.id)
        )
        member = made.scalar_one()
        await store.connection.execute(
            update(members).where(members.c.id == member).values(name=f"M{member}")
        )
        rows.append((member, f"M{member}", points, listed))
    if rows:
        await store.connection.execute(
            insert(totals),
            [
                {"member_id": m, "period": period, "community_id": community, "points": p, "listed": listed}
                for m, _, p, listed in rows
            ],
        )
    return rows


async def pages(store, community: int, rows: int, period: str = "all") -> list[BoardRow]:
    found: list[BoardRow] = []
    page = 1
    while part := await store.points.board(community, period, rows=rows, page=page):
        assert len(part) <= rows
        found += part
        page += 1
    return found


people = st.lists(st.tuples(st.integers(-3, 12), st.booleans() | st.just(True)), max_size=25)
spans = st.none() | st.integers(1, 6)


@SHARED
@given(people=people, rows=st.integers(1, 7), span=spans)
async def test_the_pages_of_a_board_are_everybody_once_in_their_order(database, people, rows, span):
    async with undone(database) as store:
        school = await a_school(store)
        community = school.community.id
        everybody = await put(store, community, people)
        if span:
            await store.points.set_steps(community, "all", span=span)

        assert await pages(store, community, rows) == by_hand(everybody)


@SHARED
@given(people=people, each_side=st.integers(0, 5), span=spans)
async def test_ones_own_place_is_the_place_on_the_list(database, people, each_side, span):
    async with undone(database) as store:
        school = await a_school(store)
        community = school.community.id
        everybody = await put(store, community, people)
        if span:
            await store.points.set_steps(community, "all", span=span)
        board = by_hand(everybody)
        place = {row.member_id: at for at, row in enumerate(board)}

        for member, _, points, _ in everybody:
            standing = await store.points.standing(community, member, "all")
            around = await store.points.around(community, member, "all", each_side=each_side)
            if member not in place:
                assert standing == Standing(None, points, len(board))
                assert around == []
                continue
            at = place[member]
            above = [row for row in board[:at] if row.points > points]
            assert standing == Standing(
                board[at].rank,
                points,
                len(board),
                *((above[-1].name, above[-1].points) if above else (None, None)),
            )
            assert around == board[max(0, at - each_side) : at + each_side + 1]


changes = st.lists(
    st.one_of(
        st.tuples(st.just("points"), st.integers(0, 7), st.integers(-6, 9)),
        st.tuples(st.just("listed"), st.integers(0, 7), st.booleans()),
        st.tuples(st.just("community"), st.integers(0, 7), st.booleans()),
        st.tuples(st.just("gone"), st.integers(0, 7), st.none()),
        st.tuples(st.just("steps"), st.integers(1, 4), st.none()),
    ),
    max_size=25,
)


@SHARED
@given(people=st.lists(st.tuples(st.integers(-2, 9), st.booleans()), min_size=8, max_size=8), changes=changes)
async def test_the_steps_of_a_board_are_exact_whatever_happens_to_the_totals(database, people, changes):
    async with undone(database) as store:
        one, other = (await a_school(store)).community.id, (await a_school(store)).community.id
        everybody = [member for member, *_ in await put(store, one, people)]
        for kind, number, value in changes:
            of_member = totals.c.member_id == everybody[min(number, 7)]
            if kind == "steps":
                await store.points.set_steps(one, "all", span=number)
            elif kind == "gone":
                await store.connection.execute(totals.delete().where(of_member))
            elif kind == "points":
                await store.connection.execute(update(totals).where(of_member).values(points=value))
            elif kind == "listed":
                await store.connection.execute(update(totals).where(of_member).values(listed=value))
            else:
                await store.connection.execute(
                    update(totals).where(of_member).values(community_id=other if value else one)
                )

        for community_id, period, floor, count in await store.connection.execute(select(board_steps)):
            counted = select(func.count()).where(
                totals.c.community_id == community_id,
                totals.c.period == period,
                totals.c.listed,
                totals.c.points >= floor,
            )
            assert (floor, count) == (floor, (await store.connection.execute(counted)).scalar_one())
        for community in (one, other):
            counted = select(func.count()).where(
                totals.c.community_id == community, totals.c.listed, totals.c.points > 0
            )
            assert (
                await store.points.members_on(community, "all")
                == (await store.connection.execute(counted)).scalar_one()
            )


async def test_those_who_tie_share_a_place_and_the_older_member_comes_first(store):
    school = await a_school(store)
    ann, bob, chidi, dana = [await a_member(store, school, name) for name in ("Ann", "Bob", "Chidi", "Dana")]
    for member, points in ((dana, 5), (chidi, 8), (bob, 8), (ann, 3)):
        await earn(store, member, points)

    board = await store.points.board(school.community.id, "2026-W48", rows=10, page=1)

    assert [(row.rank, row.name, row.points) for row in board] == [
        (1, "Bob", 8),
        (1, "Chidi", 8),
        (3, "Dana", 5),
        (4, "Ann", 3),
    ]


async def test_a_board_has_no_page_before_the_first_and_none_after_the_last(store):
    school = await a_school(store)
    await earn(store, await a_member(store, school, "Ann"), 1)

    for page in (-1, 0, 2, 10**9):
        assert await store.points.board(school.community.id, "all", rows=10, page=page) == []


async def test_nobody_is_on_the_board_of_a_period_without_points(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5)

    assert await store.points.board(school.community.id, "2020-W01", rows=10, page=1) == []
    assert await store.points.standing(school.community.id, ann.id, "2020-W01") == Standing(None, 0, 0)


async def test_communities_do_not_see_each_others_boards(store):
    one, other = await a_school(store), await a_school(store)
    ann, bob = await a_member(store, one, "Ann"), await a_member(store, other, "Bob")
    await earn(store, ann, 5)
    await earn(store, bob, 7)

    board = await store.points.board(one.community.id, "all", rows=10, page=1)

    assert [row.name for row in board] == ["Ann"]
    assert (await store.points.standing(one.community.id, bob.id, "all")).rank is None
    assert await store.points.around(one.community.id, bob.id, "all", each_side=2) == []


async def test_who_leaves_is_off_the_boards_and_back_with_the_old_points_on_return(store):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5)
    (account,) = await store.people.accounts_of(ann.id)

    await store.people.leave(account.id, school.space.id, NOW + timedelta(hours=1))
    assert await store.points.members_on(school.community.id, "all") == 0
    await earn(store, ann, 2)
    assert await store.points.members_on(school.community.id, "all") == 0
    await store.people.join(account.id, school.space.id, NOW + timedelta(hours=2))

    (row,) = await store.points.board(school.community.id, "all", rows=10, page=1)
    assert (row.rank, row.points) == (1, 7)


@pytest.mark.parametrize("way", ["hidden", "staff"])
async def test_who_is_hidden_or_staff_is_off_the_boards_until_they_are_not(store, way):
    school = await a_school(store)
    ann = await a_member(store, school, "Ann")
    await earn(store, ann, 5)

    async def turn(value: bool) -> None:
        if way == "hidden":
            await store.people.set_hidden(ann.id, value)
        else:
            await store.people.set_staff(school.community.id, {ann.id: value})

    await turn(True)
    assert await store.points.members_on(school.community.id, "all") == 0
    await turn(False)
    assert await store.points.members_on(school.community.id, "all") == 1


async def test_a_large_board_gets_its_steps_and_keeps_its_places(database):
    async with undone(database) as store:
        community = (await a_school(store)).community.id
        await store.connection.execute(
            insert(members),
            [
                {"community_id": community, "name": f"M{n}", "hidden": False, "staff": False, "listed": True,
                 "created_at": NOW}
                for n in range(6000)
            ],
        )  # fmt: skip
        ids = (await store.connection.execute(select(members.c.id).order_by(members.c.id))).scalars().all()
        await store.connection.execute(
            insert(totals),
            [
                {
                    "member_id": id,
                    "period": "all",
                    "community_id": community,
                    "points": 1 + n % 97,
                    "listed": True,
                }
                for n, id in enumerate(ids)
            ],
        )
        before = [
            await store.points.board(community, "all", rows=10, page=page) for page in (1, 100, 301, 600)
        ]

        assert await store.points.tend_boards() == 1
        assert await store.points.tend_boards() == 0

        steps = await store.connection.execute(
            select(func.count()).where(board_steps.c.community_id == community)
        )
        assert steps.scalar_one() == 6
        after = [
            await store.points.board(community, "all", rows=10, page=page) for page in (1, 100, 301, 600)
        ]
        assert after == before
