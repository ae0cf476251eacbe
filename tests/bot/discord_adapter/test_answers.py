import asyncio
from dataclasses import replace

import pytest

from bot.platforms import DeliveryError
from handlers.base import Bold, Button, Command, Document, Field, Form, Pressed, Reply, Select, Shown
from tests.bot.discord_adapter.world import running, says, texts
from tests.doubles.discord.interactions import NotOffered
from tests.doubles.discord.server import DiscordServer

PAGES = Reply(Bold("This week"), "1. Ann", buttons=[Button("Next", "next", ("2",)), Button("Tell", "tell")])


@pytest.fixture
async def dc():
    async with DiscordServer() as server:
        yield server


@pytest.fixture
def guild(dc):
    return dc.guild("Data School")


@pytest.fixture
def general(guild):
    return guild.text("general")


@pytest.fixture
async def bot(dc, general, taken):
    async with running(dc, taken) as adapter:
        await adapter.idle()
        yield adapter


async def test_a_public_command_is_acknowledged_at_once_and_answered_for_all(bot, taken, guild, general):
    told = says(bot, taken, PAGES, private=False)

    asked = await guild.member("Ann").slash(general, "top", page=2)
    answer = await asked.answered()

    assert asked.acknowledged_after < 1.0
    assert not answer.ephemeral
    assert answer.body["embeds"] == [{"color": 0x0072B2, "title": "This week", "description": "1\\. Ann"}]
    await bot.idle()
    assert told[0].public_message == str(answer.message.id)
    [command] = taken.of(Command)
    assert (command.name, command.options, command.key) == ("top", {"page": "2"}, str(asked.id))


async def test_an_alias_is_the_same_command(bot, taken, guild, general):
    says(bot, taken, PAGES, private=False)
    await (await guild.member("Ann").slash(general, "leaderboard")).answered()
    assert taken.of(Command)[0].name == "top"


async def test_a_private_command_is_seen_by_one(bot, taken, guild, general):
    told = says(bot, taken, Reply("12th with 41."))
    answer = await (await guild.member("Ann").slash(general, "me")).answered()
    assert answer.ephemeral
    await bot.idle()
    assert told[0].public_message is None


@pytest.mark.parametrize(("command", "private"), [("top", True), ("me", False)])
async def test_an_answer_may_be_more_or_less_private_than_declared(
    bot, taken, guild, general, dc, command, private
):
    says(bot, taken, Reply("after all"), private=private)
    asked = await guild.member("Ann").slash(general, command)
    await dc.wait_for("DELETE", "/webhooks/*/*/messages/@original")
    said = [answer for answer in asked.answers if answer.text == "after all"]
    assert [answer.ephemeral for answer in said] == [private]


async def test_a_group_holds_the_lone_command_too(bot, taken, guild, general):
    says(bot, taken, Reply("points"), Reply("given"))
    admin, bob = guild.member("Root", admin=True), guild.member("Bob", nick="Bobby")

    await (await admin.slash(general, "points show", member=bob)).answered()
    await (await admin.slash(general, "points add", member=bob, points=5, reason="great *notes*")).answered()

    show, add = taken.of(Command)
    assert (show.name, show.options) == ("points", {"member": str(bob.id)})
    assert add.name == "points add"
    assert add.options == {"member": str(bob.id), "points": "5", "reason": "great *notes*"}
    assert [(p.id, p.name, p.handle) for p in add.people] == [(str(bob.id), "Bobby", "bob")]


async def test_an_admin_command_is_hidden_from_members(bot, taken, guild, general):
    with pytest.raises(NotOffered, match="hidden"):
        await guild.member("Ann").slash(general, "setup")


async def test_a_command_for_spaces_is_not_offered_in_private(bot, guild, general, dc):
    ann = guild.member("Root", admin=True)
    with pytest.raises(NotOffered, match="private"):
        await ann.slash(dc.dm_with(ann.user), "setup")


async def test_commands_work_in_private(bot, taken, guild, general, dc):
    says(bot, taken, Reply("12th"))
    ann = guild.member("Ann")
    room = dc.dm_with(ann.user)
    await (await ann.slash(room, "me")).answered()
    assert taken.of(Command)[0].place.private
    assert taken.of(Command)[0].place.space == str(room.id)


async def test_a_message_menu_brings_the_message(bot, taken, guild, general):
    says(bot, taken, Reply("5 for a post"))
    bob = guild.member("Bob")
    post = await bob.say(general, "my *notes*")

    await (await guild.member("Ann").menu("Why these points", post)).answered()

    [command] = taken.of(Command)
    assert command.name == "why"
    assert command.reply_to.message == str(post.id)
    assert (command.reply_to.person.name, command.reply_to.text) == ("Bob", "my *notes*")


@pytest.mark.parametrize(
    "typed",
    [
        "{id}",
        "https://discord.com/channels/1/2/{id}",
        "https://ptb.discord.com/channels/1/2/{id}",
        "2000000000000000-{id}",
    ],
)
async def test_a_message_may_be_named_by_link_or_id(bot, taken, guild, general, typed):
    says(bot, taken, Reply("ok"))
    await (
        await guild.member("Ann").slash(general, "why", post=typed.format(id="1411878262136635393"))
    ).answered()
    assert taken.of(Command)[0].options == {"post": "1411878262136635393"}


async def test_a_button_edits_its_message(bot, taken, guild, general):
    says(bot, taken, PAGES, Reply("page 2", edit=True), private=False)
    ann = guild.member("Ann")
    board = await (await ann.slash(general, "top")).answered()

    turned = await (await ann.presses(board.message, "Next")).answered()

    assert turned.message is board.message
    assert turned.text == "page 2"
    pressed = taken.of(Pressed)[0]
    assert (pressed.data, pressed.message) == ("next||2", str(board.message.id))


async def test_a_button_may_answer_one_person(bot, taken, guild, general, dc):
    says(bot, taken, PAGES, private=False)
    board = await (await guild.member("Ann").slash(general, "top")).answered()
    says(bot, taken, Reply("only you", select=Select("Choose", "chosen", (("py", "Python"), ("sql", "SQL")))))
    bob = guild.member("Bob")
    answer = await (await bob.presses(board.message, "Tell")).answered()
    assert answer.ephemeral
    assert answer.message is not board.message

    says(bot, taken, Reply("chose sql", edit=True))
    changed = await (await bob.selects(answer.message, "SQL")).answered()
    assert changed.text == "chose sql"
    assert taken.of(Pressed)[-1].values == {"choice": "sql"}


async def test_a_form_is_the_first_answer(bot, taken, guild, general):
    form = Form("Feedback", "sent", (Field("text", "What should we know?", long=True),), args=("7",))
    says(bot, taken, form, Reply("thanks"))
    ann = guild.member("Ann")

    shown = await (await ann.slash(general, "feedback")).answered()
    answer = await (await ann.submits(shown, {"What should we know?": "很有帮助 👍\n第二行"})).answered()

    assert shown.how == "modal"
    assert answer.text == "thanks"
    assert answer.ephemeral
    [sent] = taken.of(Pressed)
    assert (sent.data, sent.values) == ("sent||7", {"text": "很有帮助 👍\n第二行"})


async def test_a_form_that_never_comes_is_acknowledged_in_time(bot, taken, guild, general, dc):
    asked = await guild.member("Ann").slash(general, "feedback")
    await dc.wait_until(lambda: asked.acknowledged is not None, timeout=5)
    assert asked.acknowledged_after < 3.0
    [command] = taken.of(Command)
    answered = await bot.answer(command, Reply("not now"), private=True, reachable=True, texts=texts("en"))
    assert answered.public_message is None
    with pytest.raises(DeliveryError):
        await bot.answer(
            command, Form("t", "p", (Field("a", "b"),)), private=True, reachable=True, texts=texts("en")
        )


async def test_a_command_kept_open_for_a_form_may_be_answered_with_words(bot, taken, guild, general):
    says(bot, taken, Reply("Only in the evening."))
    answer = await (await guild.member("Ann").slash(general, "feedback")).answered()
    assert (answer.how, answer.text, answer.ephemeral) == ("message", "Only in the evening.", True)


async def test_options_are_suggested_while_typing(bot, taken, guild, general):
    taken.offers = [("py", "Python"), ("sql", "SQL from zero")]
    typed = await guild.member("Ann").types(general, "course", name="sq")
    answer = await typed.answered()
    assert [(c["value"], c["name"]) for c in answer.choices] == [("sql", "SQL from zero")]
    assert taken.asked == [("course", "name", "sq")]
    assert taken.of(Command) == []


async def test_after_a_restart_buttons_work_and_late_answers_become_messages(dc, guild, general, taken):
    ann = guild.member("Ann")
    async with running(dc, taken) as first:
        await first.idle()
        says(first, taken, PAGES, private=False)
        board = await (await ann.slash(general, "top")).answered()
        await first.idle()
        [command] = taken.of(Command)

    taken.handler = None
    async with running(dc, taken) as second:
        dc.clear()
        told = await second.answer(command, Reply("late"), private=False, reachable=True, texts=texts("en"))
        assert told.public_message == str(dc.last_in(general).id)
        await second.answer(command, Reply("for you"), private=True, reachable=True, texts=texts("en"))
        assert dc.last_in(dc.dm_with(ann.user)).embeds[0]["description"] == "for you"

        says(second, taken, Reply("page 2", edit=True), private=False)
        turned = await (await ann.presses(board.message, "Next")).answered()
        assert turned.text == "page 2"


async def test_what_was_acknowledged_too_late_is_not_done(dc, guild, general, taken):
    async with running(dc, taken) as adapter:
        await adapter.idle()
        dc.inject("POST", "/interactions/*/*/callback", status=404, code=10062)
        await guild.member("Ann").slash(general, "me")
        await dc.wait_for("POST", "/interactions/*/*/callback")
        await adapter.idle()
    assert taken.of(Command) == []


async def test_a_late_or_double_answer_is_not_raised(bot, taken, guild, general, dc):
    asked = await guild.member("Ann").slash(general, "me")
    await dc.wait_until(lambda: taken.of(Command))
    dc.inject("PATCH", "/webhooks/*/*/messages/@original", status=401, code=50027)
    answered = await bot.answer(
        taken.of(Command)[0], Reply("too late"), private=True, reachable=True, texts=texts("en")
    )
    assert answered.public_message is None
    assert asked.acknowledged is not None


async def test_commands_are_told_once_and_again_when_they_change(dc, guild, general, taken):
    for _ in range(2):
        async with running(dc, taken) as adapter:
            await adapter.idle()
    assert len(dc.calls_to("PUT", "/applications/*/commands")) == 1
    taken.cursors[f"commands:{dc.bot.id}"] = "other definitions"
    async with running(dc, taken) as adapter:
        await adapter.idle()
    assert len(dc.calls_to("PUT", "/applications/*/commands")) == 2


async def test_commands_that_discord_refuses_stop_nothing(dc, guild, general, taken):
    dc.inject("PUT", "/applications/*/commands", status=400, code=50035)
    async with running(dc, taken) as adapter:
        await adapter.idle()
        await guild.member("Ann").say(general, "hello")
        await dc.wait_until(lambda: taken.texts() == ["hello"])


async def test_long_answers_come_in_several_messages(bot, taken, guild, general, dc):
    lines = [f"line {n} " + "x" * 80 for n in range(120)]
    says(bot, taken, Reply(*lines, buttons=[Button("Next", "next")]), private=False)
    asked = await guild.member("Ann").slash(general, "top")
    await dc.wait_until(lambda: len([a for a in asked.answers if a.how != "deferred"]) == 3)
    said = [answer for answer in asked.answers if answer.how != "deferred"]
    assert "\n".join(answer.text for answer in said).split("\n") == lines
    assert [bool(answer.body["components"]) if "components" in answer.body else False for answer in said] == [
        False,
        False,
        True,
    ]


async def test_a_picture_comes_along(bot, taken, guild, general):
    says(bot, taken, Reply(Bold("Newcomers"), picture=b"\x89PNG"), private=False)
    answer = await (await guild.member("Ann").slash(general, "top")).answered()
    assert [(file["filename"], file["size"]) for file in answer.body["_files"]] == [("picture.png", 4)]
    assert answer.body["embeds"][0]["image"] == {"url": "attachment://picture.png"}


async def test_a_document_comes_to_the_asker_alone(bot, taken, guild, general):
    says(bot, taken, Reply("Here it is", document=Document("data.zip", b"PK00")), private=True)
    answer = await (await guild.member("Ann").slash(general, "me")).answered()
    assert [(file["filename"], file["size"]) for file in answer.body["_files"]] == [("data.zip", 4)]
    assert answer.ephemeral


async def test_a_message_that_is_shown_is_led_to_unless_it_stands_in_a_private_chat(
    bot, taken, guild, general
):
    public = Shown("discord", "1", "2", "3", "Open it", "I cannot show it here.")
    answers = [Reply("By Ann", shows=each) for each in (public, replace(public, space=""))]
    says(bot, taken, *answers, private=True)
    first = await (await guild.member("Ann").slash(general, "me")).answered()
    second = await (await guild.member("Ann").slash(general, "me")).answered()

    [[button]] = [row["components"] for row in first.body["components"]]
    assert (button["label"], button["url"]) == ("Open it", "https://discord.com/channels/1/2/3")
    assert second.text.endswith("I cannot show it here.")


async def test_a_slow_handler_is_no_trouble(bot, taken, guild, general):
    async def slow(event):
        await asyncio.sleep(3.2)
        await bot.answer(event, Reply("done"), private=True, reachable=True, texts=texts("en"))

    taken.handler = slow
    answer = await (await guild.member("Ann").slash(general, "me")).answered(6)
    assert answer.text == "done"
