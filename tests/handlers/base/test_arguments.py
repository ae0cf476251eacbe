"""Arguments: what people type, and what clients send, becomes typed values or a sentence."""

from enum import StrEnum
from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers import FEATURES
from handlers.base import (
    NO_TEXT,
    Between,
    Command,
    Context,
    Help,
    MessageRef,
    Parsed,
    Person,
    Place,
    Pressed,
    RepliedTo,
    Reply,
    Rest,
    Someone,
    Texts,
    UserError,
    Way,
    plain_lines,
)
from handlers.base.arguments import (
    OPTION_NAMES,
    bind,
    bind_words,
    params_of,
    read_whole,
    read_yesno,
    spelled_for,
)
from tests.handlers.room import NOW, TEXTS

EN, ZH = TEXTS("en"), TEXTS("zh_CN")
ANN = Person("11", "Ann Li")
BOB = Person("12", "Bob", "bob")


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def read_even(word: str, t: Texts) -> int:
    if not word.isdigit() or int(word) % 2:
        raise UserError(t("“{word}” is not even.", word=word))
    return int(word)


async def give(
    ctx: Context,
    command: Command,
    member: Someone,
    points: Annotated[int, Between(1, 100)],
    reason: Rest = NO_TEXT,
) -> Reply: ...
async def board(
    ctx: Context, command: Command, period: Annotated[int, Parsed(read_even)] = 0, page: int = 1
) -> Reply: ...
async def explain(
    ctx: Context, command: Command, message: MessageRef | None = None, member: Someone | None = None
) -> Reply: ...
async def paint(
    ctx: Context, command: Command, colour: Colour = Colour.RED, shiny: bool = False, word: str = ""
) -> Reply: ...


def typed(text: str, *people: Person, reply_to: RepliedTo | None = None) -> Command:
    return Command(
        key="1", at=NOW, place=Place("telegram", "-100"), name="points_add", person=BOB, text=text, people=people, reply_to=reply_to
    )  # fmt: skip


def native(**options: str) -> Command:
    return Command(
        key="1", at=NOW, place=Place("discord", "5"), name="points add", person=BOB, options=options, people=(BOB,), way=Way.INTERACTION
    )  # fmt: skip


def mistake(handler: object, command: Command, example: str | None = None) -> str:
    with pytest.raises(UserError) as caught:
        bind(params_of(handler), command, EN, example)  # type: ignore[arg-type]  # any handler of this file
    return plain_lines(caught.value.lines)


# What a handler declares


def test_parameters_become_options():
    member, points, reason = params_of(give)

    assert (member.kind, member.required) == ("person", True)
    assert (points.kind, points.low, points.high) == ("integer", 1, 100)
    assert (reason.kind, reason.required) == ("text", False)


def test_marks_are_found_on_either_side_of_none():
    async def both(
        ctx: Context,
        command: Command,
        one: Annotated[int | None, Between(1, 2), Help("A")] = None,
        two: Annotated[int, Between(1, 2), Help("B")] | None = None,
    ) -> Reply: ...

    one, two = params_of(both)

    assert (one.kind, one.low, one.help) == ("integer", 1, "A")
    assert (two.kind, two.high, two.help) == ("integer", 2, "B")


def test_a_type_without_a_kind_is_a_defect():
    async def wrong(ctx: Context, command: Command, value: bytes) -> Reply: ...

    with pytest.raises(TypeError, match="value"):
        params_of(wrong)


def test_every_option_of_a_feature_has_a_name_that_is_translated():
    names = {param.name for feature in FEATURES for spec in feature.commands for param in spec.params}

    assert names <= set(OPTION_NAMES)


# Typed


def test_words_are_read_in_their_order_and_the_rest_is_text():
    assert bind(params_of(give), typed("@bob 50 great  summary\nof lesson 3"), EN) == {
        "member": Someone(handle="bob"),
        "points": 50,
        "reason": "great  summary\nof lesson 3",
    }


def test_the_rest_is_kept_where_its_words_repeat_earlier_ones():
    assert bind(params_of(give), typed("@bob 5 5 5 @bob 5"), EN)["reason"] == "5 5 @bob 5"


def test_an_answer_names_the_person_unless_another_is_named():
    reply = RepliedTo("-100/3", Person("13", "Chidi"))

    assert bind(params_of(give), typed("50 well done", reply_to=reply), EN)["member"].id == "13"
    assert bind(params_of(give), typed("@bob 50", BOB, reply_to=reply), EN)["member"].id == "12"


def test_a_person_with_spaces_in_the_name_is_one_word():
    bound = bind(params_of(give), typed("Ann Li 50 thanks Ann Li", ANN), EN)

    assert (bound["member"].id, bound["points"], bound["reason"]) == ("11", 50, "thanks Ann Li")


def test_a_handle_is_never_a_display_name():
    thief = Person("666", "bob", "thief")

    assert bind(params_of(give), typed("@bob 50", thief, BOB), EN)["member"].id == "12"
    assert bind(params_of(give), typed("@bob 50", thief), EN)["member"] == Someone(handle="bob")


def test_an_at_sign_alone_is_nobody():
    assert "nobody I know" in mistake(give, typed("@ 50", ANN))


def test_a_number_may_be_a_person():
    assert bind(params_of(give), typed("4711 50"), EN)["member"] == Someone(id="4711")


def test_an_option_that_was_left_out_is_skipped_when_the_word_fits_a_later_one():
    assert bind(params_of(board), typed("4 3"), EN) == {"period": 4, "page": 3}
    assert bind(params_of(board), typed("3"), EN) == {"period": 0, "page": 3}
    assert bind(params_of(board), typed(""), EN) == {"period": 0, "page": 1}


def test_a_word_that_fits_nowhere_is_a_mistake_of_the_first_option():
    assert mistake(board, typed("x")) == "“x” is not even."
    assert "I do not understand “9 9” here." in mistake(board, typed("4 3 9 9"))


def test_a_person_is_not_taken_for_a_message():
    assert bind(params_of(explain), typed("@bob", BOB), EN)["message"] is None
    assert bind(params_of(explain), typed("@bob", BOB), EN)["member"].id == "12"
    assert bind(params_of(explain), typed("", reply_to=RepliedTo("-100/3")), EN)["message"] == MessageRef(
        "-100/3"
    )
    assert bind(params_of(explain), typed("https://t.me/c/1/2"), EN)["message"].message.endswith("/2")


def test_choices_and_switches_are_read_in_both_languages():
    assert bind(params_of(paint), typed("BLUE on word"), EN) == {
        "colour": Colour.BLUE,
        "shiny": True,
        "word": "word",
    }
    assert bind(params_of(paint), typed("开"), ZH)["shiny"] is True
    assert "“green” is none of: red, blue." in mistake(paint, native(colour="green"))


def test_what_is_missing_is_named():
    assert mistake(give, typed("")) == "Whom do you mean? Answer one of their messages, or name them with @."
    assert mistake(give, typed("@bob")) == "Something is missing: points."


def test_a_mistake_ends_with_a_line_that_would_have_worked():
    assert mistake(give, typed("@bob x"), "points add @bob 50").endswith("For example: /points_add @bob 50")
    assert mistake(give, native(points="5"), "points add @bob 50").endswith(
        "For example: /points add @bob 50"
    )
    assert spelled_for(typed(""), "/points add") == "/points_add"


# Native


def test_native_options_are_read_as_strictly():
    assert bind(params_of(give), native(member="12", points="50", reason="a b"), EN) == {
        "member": Someone("12", "bob", "Bob"),
        "points": 50,
        "reason": "a b",
    }
    assert "whole number" in mistake(give, native(member="12", points="5.0"))
    assert "between 1 and 100, not 101" in mistake(give, native(member="12", points="101"))


def test_native_options_may_be_left_out():
    assert bind(params_of(board), native(page="2"), EN) == {"period": 0, "page": 2}


# Presses


def test_the_words_of_a_press_are_read_like_a_commands():
    async def turn(
        ctx: Context, pressed: Pressed, period: Annotated[int, Parsed(read_even)], page: int = 1
    ) -> Reply: ...

    params = params_of(turn)

    assert bind_words(params, ("4", "2"), {}, EN) == {"period": 4, "page": 2}
    assert bind_words(params, ("4",), {}, EN) == {"period": 4, "page": 1}
    assert bind_words(params, (), {"period": "6"}, EN) == {"period": 6, "page": 1}
    with pytest.raises(UserError, match="older version"):
        bind_words(params, (), {}, EN)
    with pytest.raises(UserError):
        bind_words(params, ("4", "x"), {}, EN)


# Numbers


@pytest.mark.parametrize(
    "word", ["1e9", "٣", "１２", "1.0", "1_000", "", "-", "0x10", "9" * 19, "½", "1\n", " 1"]
)
def test_only_plain_digits_are_whole_numbers(word: str):
    with pytest.raises(UserError):
        read_whole(word, None, None, EN)


@given(st.integers(-(10**17), 10**17))
def test_a_whole_number_is_read_back(number: int):
    assert read_whole(str(number), None, None, EN) == number


@given(st.text(max_size=40))
def test_any_word_is_a_number_or_refused(word: str):
    for read in (lambda: read_whole(word, 1, 10, EN), lambda: read_yesno(word, EN)):
        try:
            assert isinstance(read(), int)
        except UserError:
            continue


PEOPLE = st.lists(
    st.builds(
        Person,
        id=st.text("0123456789", min_size=1, max_size=5),
        name=st.text(max_size=12),
        handle=st.none() | st.text("abc_", max_size=5),
    ),
    max_size=3,
)


@given(st.text(max_size=120), PEOPLE, st.booleans())
def test_whatever_is_typed_is_bound_or_answered_for_every_command(
    text: str, people: list[Person], answers: bool
):
    reply = RepliedTo("-100/3", people[0] if people else None) if answers else None
    for feature in FEATURES:
        for spec in feature.commands:
            try:
                bound = bind(spec.params, typed(text, *people, reply_to=reply), ZH, spec.name)
            except UserError:
                continue
            assert set(bound) == {param.name for param in spec.params}


@given(st.lists(st.text(max_size=20), max_size=4))
def test_forged_presses_are_bound_or_answered(words: list[str]):
    for feature in FEATURES:
        for spec in feature.presses:
            try:
                bound = bind_words(spec.params, tuple(words), {}, EN)
            except UserError:
                continue
            assert set(bound) == {param.name for param in spec.params}
