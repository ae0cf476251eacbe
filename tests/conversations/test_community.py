"""A community begins: the greeting, the silence before /setup, and what /setup changes."""

from sqlalchemy import select

from storage.tables import accounts, posts
from tests.conversations.stage import Stage


async def test_the_bot_greets_once_and_says_what_it_keeps(bare_stage: Stage):
    [greeting] = bare_stage.public()
    assert greeting.lines == [
        "Hello. I keep points, boards and course suggestions for this group,"
        " and I stay silent until an admin finishes /setup (two minutes).",
        "Until then I keep only who wrote when; afterwards texts, too."
        " Everyone can see, take along or erase what I keep of them: /privacy",
    ]


async def test_before_setup_only_ids_and_times_are_kept_and_nothing_is_said(bare_stage: Stage):
    ann = await bare_stage.person("Ann Secret", reachable=False)
    bob = await bare_stage.person("Bob Secret", reachable=False)
    question = await bare_stage.say(ann, "My secret question, how do I begin?")
    await bare_stage.say(bob, "thanks, a secret answer", to=question)
    await bare_stage.react(bob, question)

    assert len(bare_stage.public()) == 1
    async with bare_stage.database.read() as store:
        kept = (await store.connection.execute(select(posts))).mappings().all()
        known = (await store.connection.execute(select(accounts))).mappings().all()
        assert await store.points.count() == 0
    assert [(row["text"], row["fingerprint"]) for row in kept] == [(None, None), (None, None)]
    assert [row["message"] for row in kept] == [bare_stage.id_of(question), kept[1]["message"]]
    names = {row["name"] for row in known if not row["is_bot"]} | {row["handle"] for row in known}
    assert not [name for name in names if name and "secret" in name.lower()]


async def test_a_member_is_told_that_it_is_not_set_up(bare_stage: Stage):
    ann = await bare_stage.person("Ann")
    told = await bare_stage.command(ann, "top")
    assert told.text == "I am not set up here yet. An admin can do it in a minute: /setup"


async def test_what_was_written_before_setup_earns_nothing_later(bare_stage: Stage):
    root = await bare_stage.person("Root", admin=True)
    ann = await bare_stage.person("Ann")
    await bare_stage.say(ann, "Written before anybody set me up")
    await bare_stage.set_up(root)
    bare_stage.later(minutes=5)
    await bare_stage.say(ann, "Written after somebody set me up")
    assert await bare_stage.total(ann) == 5


async def test_setup_is_for_admins(bare_stage: Stage):
    ann = await bare_stage.person("Ann")
    assert await bare_stage.is_kept_from(ann, "setup", language="en", zone="UTC")
    async with bare_stage.database.read() as store:
        assert [each.set_up_at for each in await store.communities.all()] == [None]


async def test_a_restart_greets_nobody_again_and_goes_on(stage: Stage):
    ann = await stage.person("Ann")
    await stage.say(ann, "A first post before the restart")
    said = len(stage.public())
    await stage.stop()
    await stage.start()
    stage.later(minutes=2)
    await stage.say(ann, "Another post after the restart")
    assert len(stage.public()) == said
    assert await stage.total(ann) == 10
