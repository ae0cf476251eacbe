"""Texts: every sentence exists in every language, can be filled in, and is marked where it stands."""

import ast
from collections.abc import Iterator
from gettext import NullTranslations

import pytest
from babel.messages.catalog import Message

from bot.locales import catalogue_path, languages
from bot.locales.__main__ import updated
from bot.locales.extract import ROOT, SOURCES, all_marked, marked_in
from bot.texts import (
    compiled,
    forms,
    load_texts,
    mismatch,
    placeholders,
    read_catalogues,
)
from handlers import FEATURES

CATALOGUES = read_catalogues()


def test_every_language_but_english_has_a_catalogue():
    assert list(load_texts()("en").languages) == list(languages()) == ["en", *CATALOGUES]


@pytest.mark.parametrize("code", CATALOGUES)
def test_every_text_of_the_source_is_translated_and_nothing_else(code: str):
    catalogue = CATALOGUES[code]
    known = {(message.context, forms(message.id)[0]): message for message in catalogue if message.id}
    wanted = {(marked.context, forms(marked.id)[0]) for marked in all_marked()}

    missing = {key for key in wanted if key not in known or not all(forms(known[key].string))}

    # `python -m bot.locales` brings the catalogue up to date.
    assert not missing
    assert not set(known) - wanted
    assert not [message.id for message in catalogue if message.fuzzy and message.id]


@pytest.mark.parametrize("code", CATALOGUES)
def test_every_translation_can_be_filled_in_as_its_source(code: str):
    assert {str(m.id): mismatch(m) for m in CATALOGUES[code] if m.id and mismatch(m)} == {}


@pytest.mark.parametrize("code", CATALOGUES)
def test_the_catalogue_compiles_without_a_complaint(code: str):
    # Babel takes "5 % of" for a printf placeholder and then refuses the translation: write "5%", then no blank.
    catalogue = CATALOGUES[code]
    complaints = [(message.id, message.check(catalogue)) for message in catalogue if message.id]
    assert [each for each in complaints if each[1]] == []


def test_the_source_itself_names_plain_placeholders():
    for marked in all_marked():
        for text in forms(marked.id):
            assert placeholders(text) is not None, text


def test_plurals_have_as_many_forms_as_their_language():
    for code, catalogue in CATALOGUES.items():
        for message in catalogue:
            if message.pluralizable:
                assert len(forms(message.string)) == catalogue.num_plurals, (code, message.id)


@pytest.mark.parametrize(
    ("source", "translation", "wrong"),
    [
        ("Hello {name}", "你好 {name}", ""),
        ("Hello {name}", "你好 {nam}", "unknown: nam"),
        ("Hello {name}", "你好", "missing: name"),
        ("Hello {name}", "你好 {name", "expected '}'"),
        ("Hello {name}", "你好 {name.__class__}", "only plain names"),
        ("Hello {name}", "你好 {0}", "only plain names"),
        (("{n} day of {m}", "{n} days of {m}"), ("{m} 的 {n} 天",), ""),
        (("one day", "{n} days"), ("{n} 天",), ""),
    ],
)
def test_a_translation_that_could_not_be_filled_in_is_found(source: object, translation: object, wrong: str):
    assert wrong in mismatch(Message(source, translation))  # type: ignore[arg-type]
    assert bool(wrong) == bool(mismatch(Message(source, translation)))  # type: ignore[arg-type]


def test_a_broken_translation_never_reaches_a_person():
    catalogue = read_catalogues()["zh_CN"]
    message = catalogue.get("Reason: {reason}")
    assert message is not None
    message.string = "原因：{wrong}"

    found = compiled(catalogue)

    assert found.gettext("Reason: {reason}") == "Reason: {reason}"
    assert found.gettext("Undo") == "撤销"


def test_the_nearest_language_is_spoken():
    texts = load_texts()

    assert [texts(code).language for code in ("zh", "zh-hans", "zh-CN", "en", "en-GB", "fr", "")] == [
        "zh_CN", "zh_CN", "zh_CN", "en", "en", "en", "en",
    ]  # fmt: skip
    assert texts("zh")("Undo") == "撤销"
    assert isinstance(texts("en").catalogue, NullTranslations)


def test_values_are_never_taken_for_placeholders():
    t = load_texts()("zh")

    assert t("Reason: {reason}", reason="{n} {0} %s {") == "原因：{n} {0} %s {"


def test_labels_of_every_command_are_marked():
    known = {forms(marked.id)[0] for marked in all_marked()}
    for feature in FEATURES:
        for spec in feature.commands:
            assert spec.help in known, spec.name
            assert spec.menu is None or spec.menu in known
            for param in spec.params:
                assert not param.help or param.help in known, (spec.name, param.name)
                labels = {label for _, label in param.choices}
                assert labels <= known, (spec.name, param.name)
        for name, field in feature.settings.model_fields.items():
            assert not field.description or field.description in known, (feature.name, name)


def unmarked(tree: ast.AST) -> Iterator[str]:
    """Sentences that stand bare in what a person is told."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Reply", "UserError", "NotAllowed", "Bold", "Italic", "Button"):  # fmt: skip
            for argument in node.args[: 1 if getattr(node.func, "id", "") == "Button" else None]:
                text = ""
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    text = argument.value
                elif isinstance(argument, ast.JoinedStr):
                    text = "".join(str(p.value) for p in argument.values if isinstance(p, ast.Constant))
                if any(c.isalpha() for c in text):
                    yield text


def test_what_people_are_told_is_marked_where_it_stands():
    found = [
        f"{path.relative_to(ROOT)}: {text}"
        for folder in SOURCES
        for path in sorted((ROOT / folder).rglob("*.py"))
        for text in unmarked(ast.parse(path.read_text(encoding="utf-8")))
    ]

    assert found == []


def test_texts_are_found_however_they_are_marked():
    tree = ast.parse(
        "ctx.t('a'); t('b' 'c', x=1); self.t.n('d', 'e', 2); t.c('f', 'g'); N_('h'); Help('i'); t(j)\n"
        "feature.command('k', help='l', menu='m'); Field(description='n'); texts('o'); store.n('p', 'q'); f('r')"
    )

    assert {(marked.context, marked.id) for marked in marked_in(tree, "x.py")} == {
        (None, "a"), (None, "bc"), (None, ("d", "e")), ("f", "g"), (None, "h"), (None, "i"), (None, "l"),
        (None, "m"), (None, "n"), (None, "o"),
    }  # fmt: skip


def test_chinese_uses_full_width_punctuation():
    half = [
        text
        for message in CATALOGUES["zh_CN"]
        if message.id and not (message.context or "").startswith("date")
        for text in forms(message.string)
        for before, after in zip(text, text[1:] + " ", strict=True)
        if after in ",;?!:" and "\u4e00" <= before <= "\u9fff"
    ]

    assert half == []


@pytest.mark.parametrize("code", CATALOGUES)
def test_the_catalogue_is_as_the_update_writes_it(code: str):
    # `python -m bot.locales` mends it.
    assert updated(code, read_catalogues()[code]) == catalogue_path(code).read_text(encoding="utf-8")
