import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.discord_adapter.markdown import clean, dressed, escape, graphemes, length, message_parts, name_of
from bot.discord_adapter.outgoing import cut, messages, modal, nonce_of
from handlers.base import Bold, Button, Code, Field, Form, Italic, Link, Mention, Reply, Select
from tests.doubles.discord.messages import check_message

HOSTILE = [
    "<b>x", "</a><script>", "*_[]()~`", "&lt;", "@everyone", "@here", "<@&1>", "<@123>", "**@everyone**",
    "\u202eabc", "\u061c", "\u200b\u200f\ufeff", "👩‍👩‍👧‍👦" * 50, "Z̡̢̛͇͈͉͍͎̀́̂̃̄̅̆̇̈͜͠͝͞͡͏" * 30, "", "\u3164", "# big", "> quote", "- item",
    "1. one\n1. two", "||spoiler||", "[click](https://evil.example)", "<https://evil.example>", "```\ncode\n```",
    "https://example.org/a_b*c*(d)", "a\\", "`", "``", "-# small", "<t:1:R>", "<:x:1>", "\x00\ud800",
]  # fmt: skip
words = st.one_of(
    st.sampled_from(HOSTILE), st.text(max_size=80), st.text(alphabet="*_`~|\\[]()<>@#- \n1.aé👍", max_size=60)
)
spans = st.one_of(
    words,
    words.map(Bold),
    words.map(Italic),
    words.map(Code),
    st.builds(Link, words, st.sampled_from(["https://example.org/(x)", "javascript:alert(1)", ""])),
    st.builds(Mention, words, st.just("1234567890")),
)
lines = st.lists(st.one_of(spans, st.lists(spans, max_size=4).map(tuple)), max_size=8)


def read(markdown: str) -> str:
    """The literal text that Discord would show of escaped words, as far as escapes go."""
    return re.sub(r"\\([\\*_~|`\[\]()<>#.+•-])", r"\1", markdown.replace("\u200b", ""))


def live_marks(markdown: str) -> str:
    """What is left of markup after addresses and escapes are taken away."""
    bare = re.sub(r"https?://[^\s<>]+>?", "", markdown, flags=re.IGNORECASE)
    return "".join(re.findall(r"[*_~|`\[\]<>]", re.sub(r"\\.", "", bare)))


@given(words)
@example("a\\*b")
def test_escaped_words_carry_no_markup_and_read_as_written(text):
    escaped = escape(text)
    assert live_marks(escaped) == ""
    assert not re.search(r"@(everyone|here)", re.sub(r"https?://[^\s<>]+", "", escaped, flags=re.IGNORECASE))
    if "http" not in text.lower() and "\u200b" not in text:
        assert read(escaped) == re.sub("[\u202a-\u202e\u2066-\u2069\u061c\u200e\u200f]", "", clean(text))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("1. Ann", "1\\. Ann"),
        ("2. Bob\n2. Chidi", "2\\. Bob\n2\\. Chidi"),
        ("# Title", "\\# Title"),
        ("#channel", "#channel"),
        ("- item", "\\- item"),
        ("3-4", "3-4"),
        ("> quote", "\\> quote"),
        ("see https://example.org/a_b_c (now)", "see https://example.org/a_b_c \\(now\\)"),
        ("<https://a.example> https://b.example<@1>", "\\<https://a.example> https://b.example \\<@1\\>"),
        ("@everyone", "@\u200beveryone"),
        ("<@123>", "\\<@123\\>"),
        ("snake_case", "snake\\_case"),
    ],
)
def test_escaping_by_example(text, shown):
    assert escape(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (Bold("a*b"), "**a\\*b**"),
        (Bold(" padded "), " **padded** "),
        (Bold(""), ""),
        ((Bold("a"), Bold("b")), "**a**\u200b**b**"),
        (Italic("two\nlines"), "*two*\n*lines*"),
        (Code("/top"), "`/top`"),
        (Code("a`b"), "`` a`b ``"),
        (Link("docs", "https://example.org/(x)"), "[docs](https://example.org/%28x%29)"),
        (Link("docs", "javascript:alert(1)"), "docs \\(javascript:alert\\(1\\)\\)"),
        (Mention("Ann_Li", "1"), "Ann\\_Li"),
        (Mention("\u202eمريم", "1"), "\u2068مريم\u2069"),
        (Mention("\u3164", "1100000000000001234"), "user 1234"),
    ],
)
def test_dressing_by_example(text, shown):
    assert dressed(text) == shown


@given(words, words)
def test_a_name_is_never_blank_and_never_long(name, account):
    shown = name_of(name, account)
    assert shown.strip("\u2068\u2069 ")
    assert len(graphemes(shown)) <= 40
    assert not re.search("[\u202a-\u202e]", shown)


@settings(max_examples=150, deadline=None)
@given(lines, st.sampled_from([30, 120, 2000, 4096]))
def test_no_part_is_longer_than_the_limit_and_nothing_is_lost(text, limit):
    parts = message_parts(text, limit)
    assert all(length(part) <= limit for part in parts)
    together = "".join(parts)
    for line in text:
        for span in line if isinstance(line, tuple) else (line,):
            if isinstance(span, str):
                letters = re.sub(r"[^a-zéA-Z👍]", "", clean(span))
                assert set(letters) <= set(together)


def test_a_long_line_is_cut_between_words_and_never_inside_a_grapheme():
    family = "👩‍👩‍👧‍👦"
    parts = message_parts([family * 300], 2000)
    assert "".join(parts) == family * 300
    assert all(part.count("👩") == 2 * part.count("👦") for part in parts)
    prose = "word " * 900
    for part in message_parts([prose], 2000):
        assert part.strip().replace("word", "").strip() == ""


def test_dressing_does_not_span_a_cut():
    for part in message_parts([Bold("bold " * 900)], 2000):
        assert part.count("**") % 2 == 0


@settings(max_examples=150, deadline=None)
@given(
    lines,
    st.lists(st.builds(Button, words.map(lambda w: w[:90]), st.sampled_from(["a", "b", "c"])), max_size=40),
    st.lists(st.tuples(words, words), max_size=40),
    st.booleans(),
)
def test_discord_takes_whatever_is_said(text, buttons, choices, plainly):
    select = Select("Choose", "chosen", tuple(choices)) if choices else None
    for message in messages(Reply(*text, buttons=buttons, select=select), plainly=plainly):
        check_message(message.payload)
        assert message.payload["allowed_mentions"] == {"parse": [], "replied_user": False}
        for row in message.payload.get("components", []):
            assert 1 <= len(row["components"]) <= 5


def test_too_many_choices_and_buttons_say_so():
    choices = tuple((str(n), f"choice {n}") for n in range(30))
    [message] = messages(Reply("pick", select=Select("Choose", "chosen", choices)))
    menu = message.payload["components"][0]["components"][0]
    assert len(menu["options"]) == 25
    assert menu["placeholder"] == "Choose (… and 5 more)"
    [message] = messages(Reply("pick", buttons=[Button(str(n), "p", (str(n),)) for n in range(20)]))
    assert len(message.payload["components"]) == 5
    assert message.payload["embeds"][0]["description"].endswith("… and 5 more")


def test_a_bold_first_line_is_the_title_unless_it_is_too_long():
    [message] = messages(Reply(Bold("This week"), "words"))
    assert message.payload["embeds"][0]["title"] == "This week"
    [message] = messages(Reply(Bold("x" * 300), "words"))
    assert message.payload["embeds"][0]["description"] == "**" + "x" * 300 + "**\nwords"


@given(words, words, words, st.integers(1, 9000))
def test_a_form_is_always_one_discord_takes(title, label, value, longest):
    form = modal(
        Form(title, "sent", tuple(Field(f"f{n}", label, value, max_length=longest) for n in range(7)))
    )
    assert 1 <= len(form["title"]) <= 45
    assert len(form["components"]) == 5
    for row in form["components"]:
        assert 1 <= len(row["label"]) <= 45
        field = row["component"]
        assert 1 <= field["max_length"] <= 4000
        assert len(field.get("value", "")) <= field["max_length"]


@given(words, st.integers(2, 100))
def test_a_cut_fits(text, limit):
    assert length(cut(text, limit)) <= limit


def test_a_nonce_is_short_and_always_the_same():
    assert nonce_of("short") == "short"
    assert len(nonce_of("x" * 60)) == 25
    assert nonce_of("x" * 60) == nonce_of("x" * 60) != nonce_of("x" * 60, 1)
