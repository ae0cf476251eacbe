"""Texts: the catalogues of every language, read once at start.

English stands in the source; another language is one file, bot/locales/<code>/LC_MESSAGES/homeroom.po.
`python -m bot.locales` brings those files up to date with the source.
"""

from functools import cache, partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter

import structlog
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from handlers.base import Texts, Translator
from handlers.words.languages import nearest

FOLDER = Path(__file__).parent / "locales"
DOMAIN = "homeroom"

log = structlog.get_logger()


@cache
def load_texts() -> Translator:
    """The texts of every language, read once; an unknown code gets the nearest one, and English last."""
    texts = {"en": Texts("en", NullTranslations())}
    for code, catalogue in read_catalogues().items():
        texts[code] = Texts(code, compiled(catalogue))
    return partial(_texts_in, texts)


def catalogue_path(code: str) -> Path:
    """Where a language's texts are kept."""
    return FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po"


def read_catalogues() -> dict[str, Catalog]:
    """Language code -> its catalogue as translators keep it."""
    found = {}
    for path in sorted(FOLDER.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
        code = path.parts[-3]
        with path.open("rb") as file:
            found[code] = read_po(file, locale=code, domain=DOMAIN)
    return found


def compiled(catalogue: Catalog) -> GNUTranslations:
    """A catalogue ready for use. A translation that could not be filled in is left out: English is said."""
    for message in list(catalogue):
        if message.id and (wrong := mismatch(message)):
            log.warning("a translation is left out", text=message.id, wrong=wrong)
            catalogue.delete(message.id, message.context)
    file = BytesIO()
    write_mo(file, catalogue)
    file.seek(0)
    return GNUTranslations(file)


def mismatch(message: Message) -> str:
    """Why a translation cannot be filled in as its source can; empty where it can."""
    try:
        wanted = [placeholders(text) for text in forms(message.id)]
        given = [placeholders(text) for text in forms(message.string) if text]
    except ValueError as error:
        return str(error)
    allowed = set().union(*wanted)
    # A plural's "one" may leave the number out, so may a translation of it.
    needed = set.intersection(*wanted)
    for fields in given:
        if fields - allowed:
            return f"unknown: {', '.join(sorted(fields - allowed))}"
        if needed - fields:
            return f"missing: {', '.join(sorted(needed - fields))}"
    return ""


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The singular and the plurals of a text, or the text alone."""
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def placeholders(text: str) -> set[str]:
    """The names in braces. Raises ValueError for braces that do not match, or that do more than name."""
    fields = set()
    for _, name, spec, conversion in Formatter().parse(text):
        if name is None:
            continue
        if not name.isidentifier() or spec or conversion:
            raise ValueError(f"only plain names in braces: {text}")
        fields.add(name)
    return fields


def _texts_in(texts: dict[str, Texts], code: str) -> Texts:
    return texts[nearest(code)]
