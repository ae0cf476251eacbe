"""Texts of answers: in parts that fit, literally what people wrote, and never refused."""

import pytest

from handlers.base import Bold, Button, Code, Link, Mention, Reply
from tests.bot.telegram_adapter.asking import PAGES, pressed

HOSTILE = (
    "<b>x",
    "</a><script>",
    "*_[]()~`",
    "&lt;",
    "@everyone",
    "<@&1>",
    "a_name_with_underscores",  # FIELD_LOG 40
    "\u202eevil",
    "\u061cadmin\u200f",
    "👩‍👩‍👧‍👦",
    "Z̷̛͍a̸l̶g̴o̵",
    'quote" onclick="x',
)


async def test_a_long_answer_is_split_with_the_buttons_on_the_last_part(bot, tg, group, ann):
    """FIELD_LOG 50: never in the middle of an emoji, counted in UTF-16 units."""
    event, said = await bot.asked(ann.say(group, "/top"))
    family = "👩‍👩‍👧‍👦"
    await bot.answer(event, Reply(Bold(family * 800), buttons=[Button("More", "more")]))
    parts = tg.sent
    assert len(parts) > 1
    assert "".join(part.text for part in parts) == family * 800
    assert all(len(part.text.encode("utf-16-le")) // 2 <= 4096 for part in parts)
    assert all(set(part.text.split(family)) == {""} for part in parts)
    assert [part.labels for part in parts] == [[]] * (len(parts) - 1) + [["More"]]
    assert ["reply_to_message" in part.message for part in parts] == [True] + [False] * (len(parts) - 1)
    assert parts[0].message["reply_to_message"]["message_id"] == said["message_id"]


@pytest.mark.parametrize(("size", "parts"), [(4096, 1), (4097, 2)])
async def test_the_limit_of_a_message_is_met_exactly(bot, tg, group, ann, size, parts):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("<" * size))
    assert [len(s.text) for s in tg.sent] == [4096, 1][:parts]


async def test_a_long_caption_follows_its_picture(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("y" * 1025, picture=b"png", buttons=[Button("More", "more")]))
    assert [(s.method, s.text, s.labels) for s in tg.sent] == [
        ("sendPhoto", "", []),
        ("sendMessage", "y" * 1025, ["More"]),
    ]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_are_shown_literally(bot, tg, group, ann, name):
    """RELIABILITY 4: one escaping, and Telegram refuses none of it."""
    event, _ = await bot.asked(ann.say(group, "/top"))
    lines = [name, Bold(name), Code(name), (Mention(name, "5"), " and ", Link(name, 'https://x.y/?a="&b='))]
    await bot.answer(event, Reply(*lines, buttons=[Button(name, "b")]))
    sent = tg.last_to(group)
    bare = "".join(c for c in name if c not in "\u202e\u061c")
    hidden = dict.fromkeys(map(ord, "\u2068\u2069\u2060"))
    assert sent.text.translate(hidden) == f"{bare}\n{bare}\n{bare}\n{bare} and {bare}"
    assert [label.translate(hidden) for label in sent.labels] == [bare]
    kinds = [e["type"] for e in sent.message["entities"]]
    assert "text_link" in kinds
    assert "mention" not in kinds[-2:]


async def test_zero_bytes_and_half_characters_are_left_out(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply("a\x00b\ud800c", buttons=[Button("x\x00\udfff", "b")]))
    assert (tg.last_to(group).text, tg.last_to(group).labels) == ("abc", ["x"])


@pytest.mark.parametrize(
    ("reply", "method"),
    [(Reply(Bold("<hi>")), "sendMessage"), (Reply(Bold("<hi>"), picture=b"p"), "sendPhoto")],
)
async def test_html_that_telegram_refuses_goes_as_plain_text_once(bot, tg, group, ann, reply, method):
    event, _ = await bot.asked(ann.say(group, "/top"))
    tg.faults.add("bad_request", method, description="can't parse entities: unsupported start tag")
    await bot.answer(event, reply)
    assert (tg.last_to(group).text, tg.last_to(group).method) == ("<hi>", method)
    assert [c.params.get("parse_mode") for c in tg.calls if c.method == method] == ["HTML", None]


async def test_an_edit_that_telegram_refuses_goes_as_plain_text_once(bot, tg, group, ann):
    press, _ = await pressed(bot, tg, group, ann, PAGES, "Month")
    tg.faults.add("bad_request", "editMessageText", description="can't parse entities: bad tag")
    await bot.answer(press, Reply(Bold("<hi>"), edit=True))
    assert [c.params.get("parse_mode") for c in tg.calls if c.method == "editMessageText"] == ["HTML", None]


async def test_links_have_no_preview(bot, tg, group, ann):
    event, _ = await bot.asked(ann.say(group, "/top"))
    await bot.answer(event, Reply(Link("course", "https://example.org")))
    call = next(c for c in tg.calls if c.method == "sendMessage")
    assert call.params["link_preview_options"] == {"is_disabled": True}
