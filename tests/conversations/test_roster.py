"""Purchases meet people: by a code on every platform, by a join link on Telegram, and by an admin's word."""

import pytest

from storage.roster import NewRow, Purchase
from tests.conversations.stage import Stage
from tests.conversations.telegram_stage import TelegramStage


async def sell(stage: Stage, *rows: NewRow) -> list[str]:
    """Their codes."""
    async with stage.database.write() as store:
        [community] = await store.communities.all()
        await store.roster.take_in(community.id, rows, now=stage.now)
        found = await store.roster.to_invite(community.id, 0, 10)
        return [store.roster.code(row) for row in found]


async def test_a_code_a_search_and_a_match(stage: Stage):
    ann, bob = await stage.person("Ann"), await stage.person("Bob Berg")
    await stage.say(bob, "How do I split data by time?")
    code, _ = await sell(
        stage,
        NewRow(email="ann@example.com", name="Ann", purchases=(Purchase("SQL from zero"),)),
        NewRow(email="b.berg@example.com", name="Bob Berg", purchases=(Purchase("Rust"),)),
    )

    mine = await stage.command(ann, "claim", code=code)
    theirs = await stage.command(bob, "claim", code=code)
    assert mine.private
    assert mine.lines[1:] == ["What you bought:", "• SQL from zero"]
    assert theirs.lines[0] == "Somebody has used this code already."

    late = await stage.command(stage.root, "match")
    assert late.lines[0] == "Ann (a•••@example.com) was claimed by two people."
    next_one = await stage.press(stage.root, late, "It stays with Ann")
    assert "Is Bob Berg (b•••@example.com) the member Bob Berg" in next_one.text
    done = await stage.press(stage.root, next_one, "Yes")
    assert "Every buyer is known." in done.text

    card = await stage.command(stage.root, "roster", search="berg")
    assert card.lines[:2] == ["Bob Berg (b•••@example.com)", "• Rust"]
    assert await stage.is_kept_from(ann, "roster")


async def test_a_link_lets_its_buyer_in_and_the_file_has_one_a_row(telegram: TelegramStage):
    stage = telegram
    await sell(stage, NewRow(email="ann@example.com", name="Ann Li"), NewRow(email="bob@example.com"))
    asked = await stage.command(stage.root, "roster links", private=True)
    assert asked.lines[0].startswith("I am making the links of 2 buyers")
    assert stage.app is not None
    await stage.app.invitations.idle()
    await stage.settle()
    first, *others = stage.group.links.values()
    assert len(others) == 1
    assert (first["name"], first["member_limit"]) == ("Ann Li", 1)
    assert stage.letters(stage.root)[-1].text.startswith("2 buyers have not come yet.")

    ann = stage.tg.user("Somebody Else Altogether")
    await ann.joins(stage.group, invite_link=first["invite_link"])
    await stage.settle()
    with pytest.raises(PermissionError):
        await stage.tg.user("Thief").joins(stage.group, invite_link=first["invite_link"])

    card = await stage.command(stage.root, "roster", search="ann@")
    assert "Is the member Somebody Else Altogether, since 25 Nov, 12:00." in card.lines
    await stage.command(stage.root, "roster links", private=True)
    await stage.app.invitations.idle()
    assert len(stage.group.links) == 2


async def test_who_asks_is_let_in_by_their_own_link_and_waits_with_anothers(telegram: TelegramStage):
    stage = telegram
    await stage.command(stage.root, "set", key="claim.ask_first", value="on")
    await sell(stage, NewRow(email="ann@example.com", name="Ann Li"))
    await stage.command(stage.root, "roster links", private=True)
    assert stage.app is not None
    await stage.app.invitations.idle()
    [link] = stage.group.links
    ann, eve = stage.tg.user("Ann"), stage.tg.user("Eve")

    await ann.asks_to_join(stage.group, invite_link=link)
    await eve.asks_to_join(stage.group, invite_link=link)
    await stage.settle()

    assert (stage.group.has(ann.id), stage.group.has(eve.id)) == (True, False)
    waiting = await stage.command(stage.root, "requests", private=True)
    assert waiting.lines == ["1 person asks to be let in.", "1. Eve, since 25 Nov, 12:00"]
    done = await stage.press(stage.root, waiting, "Let Eve in")
    assert done.lines == ["Eve is let in.", "Nobody asks to be let in."]
    await stage.settle()
    assert stage.group.has(eve.id)
    assert (await stage.command(stage.root, "match")).lines[0].endswith("was claimed by two people.")
