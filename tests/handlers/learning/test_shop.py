"""The shop's secret, and what the night makes of purchases."""

from datetime import timedelta

import pytest

from bot.effects import write_effects
from handlers import FEATURES
from handlers.base import UserError
from storage.enrolments import Told
from storage.hooks import secret_of
from storage.roster import NewRow, Purchase
from tests.conftest import KEY
from tests.handlers.room import button, labels
from tests.storage.making import School, a_course, a_lesson


async def test_the_secret_is_shown_once_and_renewed_only_in_private(room):
    here = room.community.id

    first = await room.say("/hook", private=True)
    again = await room.say("/hook", private=True)
    with pytest.raises(UserError, match="private chat only"):
        await room.press(button(again, "New secret"))
    await room.press(button(again, "Take nothing more"))
    closed = await room.store.hooks.secret(here)
    anew = await room.say("/hook", private=True)

    assert secret_of(KEY, here, 1) in first.plain
    assert f"/hooks/{here}" in first.plain
    assert "hr_" not in again.plain
    assert labels(again) == [["New secret", "Take nothing more"]]
    assert (closed, secret_of(KEY, here, 2) in anew.plain) == (None, True)
    assert (await room.say("/audit")).plain.count("made a new secret for the shop") == 2


async def test_who_comes_after_learning_elsewhere_is_paid_at_night_once(room):
    school, here = School(room.community, room.space), room.community.id
    course = await a_course(room.store, school)
    lesson = await a_lesson(room.store, course, kind="video")
    buyer = NewRow(email="ann@example.com", purchases=(Purchase("Git", "active"),))
    await room.store.roster.take_in(here, [buyer], now=room.now)
    row = await room.store.roster.by_email(here, "ann@example.com")
    done = Told(row_id=row.id, course_id=course, what="done", at=room.now, lesson_id=lesson)
    await room.store.enrolments.tell(here, [done], "shop")
    job = next(job for feature in FEATURES for job in feature.jobs if job.name == "purchases")

    async def night():
        await write_effects(room.store, await job.run(await room.context(None)), room.community, room.now)
        room.later(days=1)
        return await room.store.points.total((await room.member("Ann")).id)

    before = await night()
    account = await room.account("Ann")
    await room.store.roster.claim(here, row.id, account.id, how="code", now=room.now - timedelta(hours=2))
    after = [await night() for _ in range(2)]

    assert (before, after) == (0, [30, 30])
    [mine] = await room.store.enrolments.of(here, (await room.member("Ann")).id)
    assert (mine.state, mine.state_at is not None) == ("enrolled", True)
