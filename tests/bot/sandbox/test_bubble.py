"""Messages as HTML: whatever people write is text, and what can be pressed is named."""

from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.bubble import bubble
from bot.sandbox.world import BOT, Message, Room, World
from bot.texts import load_texts
from handlers.base import Bold, Button, Code, Field, Form, Italic, Link, Mention, Person, Reply, Select

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
T = load_texts()("en")
ME = Person(id="me", name="Robin", handle="robin")
TAGS = {
    "article", "span", "div", "b", "time", "button", "i", "code", "pre", "small", "a", "select", "option", "form",
    "label", "input", "textarea", "img", "svg", "rect", "circle", "path",
}  # fmt: skip


class Seen(HTMLParser):
    """Which elements there are, with what, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words += data


def world_of(*people: Person) -> World:
    world = World()
    world.add_room(Room("general", "general"))
    for person in (ME, *people):
        world.add_person(person)
    return world


def seen(message: Message, *people: Person) -> Seen:
    return Seen(bubble(message, world_of(*people), ME, T))


@settings(deadline=None)
@given(st.text(), st.text(), st.text(max_size=20))
def test_whatever_people_write_or_are_called_is_text(text, name, label):
    other = Person(id="o", name=name)
    reply = Reply(
        text, Bold(text), (Italic(text), Code(text), Mention(text, "o")), Link(text, f"https://x/{text}"),
        Link(text, f"javascript:{text}"), buttons=[Button(label, "go")],
        select=Select(text, "pick", ((text, text),)),
    )  # fmt: skip
    form = Form(text, "form", (Field("f", text, value=text), Field("g", text, value=text, long=True)))
    for message in (
        Message("1", "general", "o", NOON, text=text),
        Message("2", "general", BOT, NOON, reply=reply),
        Message("3", "general", BOT, NOON, form=form, only_for="me"),
    ):
        for tag, attributes in seen(message, other).tags:
            assert tag in TAGS
            assert not any(name.startswith("on") for name in attributes)
            assert not (attributes.get("href") or "https://").startswith("javascript")


def test_a_members_code_is_shown_as_code_and_the_rest_as_it_is():
    found = seen(Message("1", "general", "me", NOON, text="Try `a < b` or\n```py\nx = [1]\n```"))
    assert [tag for tag, _ in found.tags if tag in ("code", "pre")] == ["code", "pre"]
    assert "a < b" in found.words
    assert "x = [1]" in found.words


def test_what_can_be_pressed_is_named():
    reply = Reply("Hi", buttons=[Button("Next", "page", ("2",)), Button("Site", url="https://example.org")])
    found = seen(Message("1", "general", BOT, NOON, reply=reply))
    does = [attributes for _, attributes in found.tags if attributes.get("data-do") == "press"]
    assert [each["data-arg"] for each in does] == ["page||2"]
    [link] = [attributes for tag, attributes in found.tags if tag == "a"]
    assert link["rel"] == "noopener noreferrer"


def test_a_private_answer_says_so_and_offers_no_reactions():
    found = seen(Message("1", "general", BOT, NOON, reply=Reply("5 points"), only_for="me"))
    assert "Only you see this" in found.words
    assert not [attributes for _, attributes in found.tags if attributes.get("data-do") == "react"]


def test_ones_own_reaction_is_pressed():
    found = seen(Message("1", "general", "me", NOON, text="Hi", reactions={"👍": ["me"], "🎉": ["o"]}))
    marks = {a["data-arg"]: a["aria-pressed"] for _, a in found.tags if "aria-pressed" in a}
    assert marks == {"👍": "true", "🎉": "false"}
