"""Languages: another one is one file, and everything that names languages finds it there."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.discord_adapter.commands import Menu, texts_for
from bot.locales import catalogue_path, languages
from bot.locales.__main__ import begun
from bot.telegram_adapter.menus import menus_of
from bot.texts import load_texts
from handlers import FEATURES
from handlers.admin.setup.draft import Draft, Step
from handlers.admin.setup.pages import page
from handlers.base import ADMIN, Texts, Translator
from handlers.people.language import language, offer
from handlers.words.languages import next_language, read_language
from handlers.words.zones import common_zones, guess_zone
from tests.handlers.room import Room, labels

GERMAN = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgctxt "this language's own name"
msgid "English"
msgstr "Deutsch"

msgctxt "time zones that are offered first, commas between"
msgid "{zones}"
msgstr "Europe/Berlin, Europe/Vienna, Europe/Zurich, Europe/Nowhere"

msgid "Undo"
msgstr "Rückgängig"

msgid "Which time zone do your days go by?"
msgstr "Nach welcher Zeitzone gehen eure Tage?"

msgid "The most active members of a period"
msgstr "Die aktivsten Mitglieder eines Zeitraums"

msgid "{n} point"
msgid_plural "{n} points"
msgstr[0] "{n} Punkt"
msgstr[1] "{n} Punkte"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A language that was made up for this, beside nothing else."""
    zones = ", ".join(common_zones(load_texts()("en")))
    path = catalogue_path("de", tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text(GERMAN.replace("{zones}", zones), encoding="utf-8")
    return tmp_path


@pytest.fixture
def texts(folder: Path) -> Translator:
    return load_texts(folder)


@pytest.fixture
def german(texts: Translator) -> Texts:
    return texts("de-AT")


def test_it_is_spoken_under_its_own_name(folder: Path, texts: Translator, german: Texts):
    assert languages(folder) == ("en", "de")
    assert german.language == "de"
    assert dict(german.languages) == dict(texts("en").languages) == {"en": "English", "de": "Deutsch"}
    assert german("Undo") == "Rückgängig"
    assert german("Nobody earned points in this period.") == "Nobody earned points in this period."
    assert [german.n("{n} point", "{n} points", n) for n in (1, 1_204)] == ["1 Punkt", "1.204 Punkte"]


def test_it_is_found_by_whatever_people_write(german: Texts):
    assert [read_language(word, german) for word in ("de", "Deutsch", "DE-ch", "english")] == ["de"] * 3 + [
        "en"
    ]
    assert next_language(german) == ("en", "English")


def test_menus_of_both_platforms_speak_it(texts: Translator):
    assert {code for _, code in menus_of(FEATURES, texts)} == {"", "de"}
    assert ("top", "Die aktivsten Mitglieder eines Zeitraums") in menus_of(FEATURES, texts)["groups", "de"]
    [top] = [each for each in Menu(FEATURES, texts).payloads() if each["name"] == "top"]
    assert top["description_localizations"] == {"de": "Die aktivsten Mitglieder eines Zeitraums"}
    assert texts_for("de", texts).language == "de"
    assert texts_for("fr", texts).language == "en"


async def test_it_can_be_chosen_and_brings_its_zones(room: Room, texts: Translator):
    command = room.command("/language", "Me")
    ctx = replace(await room.context("Me", role=ADMIN, event=command), t=texts("en"), texts=texts)
    assert labels(await language(ctx, command)) == [["English", "Deutsch", "As the community"]]
    assert offer(ctx, "deu") == [("de", "Deutsch"), ("same", "same")]

    silent = replace(ctx, community=replace(ctx.community, set_up_at=None))
    first = await page(silent, Draft(), Step.LANGUAGE)
    assert labels(first) == [["English", "Deutsch"]]
    zone = await page(silent, Draft(language="de"), Step.ZONE)
    assert zone.plain.startswith("Nach welcher Zeitzone gehen eure Tage?")
    assert labels(zone)[0] == ["Yes, Europe/Berlin"]
    assert zone.select is not None
    assert [value for value, _ in zone.select.choices] == ["Europe/Vienna", "Europe/Zurich"]


def test_a_new_file_is_begun_in_a_language_that_there_is():
    assert begun("pt_BR").plural_forms == "nplurals=2; plural=(n > 1);"
    with pytest.raises(SystemExit, match="no language's code"):
        begun("klingon")
    assert guess_zone("", "pt_BR") == "America/Sao_Paulo"
