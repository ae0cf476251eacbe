"""Texts: the catalogues of every language, read once at start.

English stands in the source; another language is one file, bot/locales/<code>/LC_MESSAGES/homeroom.po.
`python -m bot.locales` brings those files up to date with the source.
"""

from functools import cache, partial
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from types import MappingProxyType

import structlog
from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.locales import DOMAIN, FOLDER, PATTERN
from handlers.base import Texts, Translator
from handlers.words.languages import SOURCE, nearest

log = structlog.get_logger()


@cache
def load_texts(folder: Path = FOLDER) -> Translator:
    """The texts of every language, read once; an unknown code gets the nearest one, and English last."""
    catalogues: dict[str, NullTranslations] = {SOURCE: NullTranslations()}
    catalogues |= {code: compiled(catalogue) for code, catalogue in read_catalogues(folder).items()}
    names = MappingProxyType({code: own_name(code, catalogue) for code, catalogue in catalogues.items()})
    texts = {code: Texts(code, catalogue, names) for code, catalogue in catalogues.items()}
    return partial(_texts_in, texts)


def own_name(code: str, catalogue: NullTranslations) -> str:
    """What a language calls itself, as its catalogue says it, or else the Unicode Consortium."""
    t = Texts(code, catalogue)
    name = t.c("this language's own name", "English")
    if name == "English" and code != SOURCE:
        return str(Locale.parse(code).get_display_name() or code)
    return name


def read_catalogues(folder: Path = FOLDER) -> dict[str, Catalog]:
    """Language code -> its catalogue as translators keep it."""
    found = {}
    for path in sorted(folder.glob(PATTERN)):
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
    return texts[nearest(code, texts)]
