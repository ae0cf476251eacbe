"""Why: each rule's verdict on a post."""

from typing import Any

from handlers.base import ADMIN, shape_of
from tests.handlers.room import NOW, Room, button


async def thanked(room: Room) -> None:
    await room.post("Me", "-100/7")
    await room.earn("Me", 5, message="-100/7")
    await room.earn("Me", 3, rule="thanks", by="Bob", message="-100/7")
    await room.earn("Me", 3, rule="thanks", by="王小明", message="-100/7")


async def test_why_names_each_rule_and_who_thanked(room: Room):
    await thanked(room)

    reply = await room.say("/why", answering=("-100/7", "Me"))

    assert reply.plain.startswith("This post earned 11 points.\n")
    assert "• 6 for 2 thanks (Bob, 王小明)" in reply.plain
    assert "• 5 for a post" in reply.plain


async def test_why_in_chinese(room: Room):
    await thanked(room)

    said = (await room.say("/why", language="zh_CN", answering=("-100/7", "Me"))).plain

    assert said.startswith("这条发言得了 11 分。\n")
    assert "• 2 次感谢（Bob、王小明）得 6 分" in said


async def test_what_was_taken_back_no_longer_counts(room: Room):
    await thanked(room)
    entry = await room.earn("Me", 1, rule="reaction", by="Ann", message="-100/7")
    await room.store.points.void(entry.id, note="taken back", now=NOW)

    said = (await room.say("/why", answering=("-100/7", "Me"))).plain

    assert said.startswith("This post earned 11 points.")
    assert "reaction" not in said


async def test_a_link_or_a_number_names_the_post(room: Room):
    await thanked(room)

    for written in ("https://t.me/c/100/7", "-100/7", "7"):
        assert (await room.say(f"/why {written}")).plain.startswith("This post earned 11 points.")


async def test_without_a_post_it_is_ones_last_one_or_that_of_whom_is_named(room: Room):
    await thanked(room)
    await room.account("Bob")

    assert (await room.say("/why")).plain.startswith("This post earned 11 points.")
    assert (await room.say("/why @me", by="Bob")).plain.startswith("This post earned 11 points.")
    assert await room.mistake("/why", by="Bob") == "There is no post to explain yet."


async def test_an_unknown_message_is_said_to_be_unknown(room: Room):
    assert (await room.mistake("/why 99999")).startswith("I know nothing of that message")


async def test_a_hidden_members_points_are_theirs_alone(room: Room):
    await thanked(room)
    await room.store.people.set_hidden((await room.member("Me")).id, True)

    assert "theirs alone" in await room.mistake("/why @me", by="Bob")
    assert "theirs alone" in await room.mistake("/why", by="Bob", answering=("-100/7", "Me"))
    assert (await room.say("/why")).plain.startswith("This post earned 11 points.")


async def test_all_rules_are_shown_with_their_present_numbers(room: Room):
    await thanked(room)
    await room.say("/set points.cooldown 1h30m", role=ADMIN)

    reply = await room.press(button(await room.say("/why"), "Show all rules"))

    assert "• The pause between two posts that count: 1 hour 30 minutes" in reply.plain
    chinese = await room.press("rules", language="zh_CN")
    assert "• 两条有效发言之间的间隔：1 小时 30 分钟" in chinese.plain


# What the rules said


async def refused(
    room: Room, message: str, text: str | None = "Something else to say", **post: Any
) -> list[str]:
    await room.post("Me", message, text, **post)
    said = (await room.say("/why", answering=(message, "Me"))).plain.splitlines()
    assert said[0] == "This post earned 0 points."
    return said[1:]


async def test_the_cooldown_is_told_with_its_numbers(room: Room):
    await room.post("Me", "-100/1", "The first of two posts")
    await room.earn("Me", 5, message="-100/1")
    room.later(seconds=22)
    assert await refused(room, "-100/2") == [
        "• Cooldown: 22 seconds after your last post that counted; the pause is 1 minute."
    ]


async def test_of_two_posts_in_a_second_the_first_knows_nothing_of_the_second(room: Room):
    await room.post("Me", "-100/1", "ok")
    await room.post("Me", "-100/2", "This one counts, as it is long enough")
    await room.earn("Me", 5, message="-100/2")
    said = (await room.say("/why", answering=("-100/1", "Me"))).plain.splitlines()
    assert said[1:] == ["• Length: 2 of the 4 characters that are needed."]


async def test_every_reason_is_told_at_once(room: Room):
    await room.earn("Me", 100, message="-100/1")
    room.later(seconds=5)
    lines = await refused(room, "-100/2", "ok", forwarded=True, content="sticker")
    assert [line.partition(":")[0] for line in lines] == [
        "• Forwarded posts, and posts made through a bot, do not count.",
        "• Stickers, voice messages, polls and the like do not count.",
        "• Length",
        "• Cooldown",
        "• Daily limit",
    ]


async def test_repetition_is_told_against_ones_own_posts_and_the_groups(room: Room):
    text = "How do I split my data by time, please?"
    await room.post("Bob", "-100/1", text, fingerprint=shape_of(text).fingerprint)
    room.later(hours=2)
    assert await refused(room, "-100/2", text, fingerprint=shape_of(text).fingerprint) == [
        "• Repetition: the same text stood here within the last 24 hours."
    ]
    room.later(minutes=5)
    [line] = await refused(room, "-100/3", text + "!")
    assert line.startswith("• Repetition: it is ")


async def test_a_post_is_judged_by_the_rules_of_its_own_place(room: Room):
    await room.in_channel("-100/9", "off-topic")
    await room.say("/set points.earning off here", role=ADMIN)
    elsewhere, room.channel = room.channel, None
    assert elsewhere is not None
    lines = await refused(room, "-100/1", channel_id=elsewhere.id)
    assert lines == ["• Nothing can be earned in this place."]


async def test_what_an_admin_took_back_is_told_as_that(room: Room):
    await room.post("Me", "-100/1")
    entry = await room.earn("Me", 5, message="-100/1")
    await room.say(f"/undo P{entry.id}", role=ADMIN)
    said = (await room.say("/why", answering=("-100/1", "Me"))).plain
    assert said == "This post earned 0 points.\n• An admin took its 5 points back."


async def test_only_a_persons_own_name_earns(room: Room):
    assert await refused(room, "-100/1", author="channel") == [
        "• Only what people write under their own name counts."
    ]


async def test_a_text_that_is_no_longer_kept_is_not_guessed_at(room: Room):
    assert await refused(room, "-100/1", None) == [
        "• Its text is not kept, so I cannot say whether it was long enough."
    ]


async def read_as(room: Room, message: str, **chances: float) -> None:
    """The judge read a post of Me."""
    me = await room.account("Me")
    row = dict.fromkeys(("advert", "abuse", "low_effort", "off_topic", "helpful"), 0.0) | chances
    row |= {"space_id": room.space.id, "message": message, "account_id": me.id, "head": "1", "at": room.now}
    await room.store.scores.put([row])


async def test_what_a_posts_quality_did_to_its_points_is_told(room: Room):
    for message, points, chances in (("-100/1", 8, {"helpful": 0.9}), ("-100/2", 2, {"low_effort": 0.9})):
        await room.post("Me", message)
        await read_as(room, message, **chances)
        await room.earn("Me", points, message=message)
    told = [(await room.say("/why", answering=(f"-100/{n}", "Me"))).plain.splitlines() for n in (1, 2)]
    assert told == [
        ["This post earned 8 points.", "• 8 for a post", "• × 1.6, because it is helpful"],
        [
            "This post earned 2 points.",
            "• 2 for a post",
            "• × 0.4, because it says very little; a full sentence earns more",
        ],
    ]


async def test_a_weight_that_the_points_do_not_come_from_is_not_told(room: Room):
    await room.post("Me", "-100/1")
    await room.earn("Me", 5, message="-100/1")
    await read_as(room, "-100/1", helpful=0.9)  # an edit made it helpful; that is never paid
    said = (await room.say("/why", answering=("-100/1", "Me"))).plain
    assert said == "This post earned 5 points.\n• 5 for a post"


async def test_low_effort_that_earns_nothing_is_told_as_that(room: Room):
    await room.say("/set points.low_effort_weight 0", role=ADMIN)
    await room.post("Me", "-100/1")
    await read_as(room, "-100/1", low_effort=0.9)
    said = (await room.say("/why", answering=("-100/1", "Me"))).plain.splitlines()
    assert said[1:] == ["• It says very little, and such posts earn nothing here. A full sentence earns."]
