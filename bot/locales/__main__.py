"""`python -m bot.locales`: bring every catalogue up to date with the source, and say what is missing.

`python -m bot.locales de` begins a new one.
"""

import sys
from io import BytesIO

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.locales import DOMAIN, catalogue_path
from bot.locales.extract import template
from bot.texts import forms, read_catalogues

# Of one's own, because Babel's names the time of the day, which would be a change in every commit.
HEADER = """\
msgid ""
msgstr ""
"Project-Id-Version: Homeroom\\n"
"Language: {code}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def main(new: str = "") -> None:
    """Keeps what is translated, adds what is new, drops what is gone; a `new` language begins empty."""
    catalogues = read_catalogues()
    if new and new not in catalogues:
        catalogues[new] = begun(new)
    for code, catalogue in catalogues.items():
        path = catalogue_path(code)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(updated(code, catalogue), encoding="utf-8")
        texts = [message for message in catalogue if message.id]
        missing = sum(1 for message in texts if not all(forms(message.string)))
        sys.stdout.write(f"{code}: {len(texts)} texts, {missing} missing\n")


def begun(code: str) -> Catalog:
    """An empty catalogue. Exits with a sentence where nobody knows the language."""
    try:
        return Catalog(Locale.parse(code), domain=DOMAIN, charset="utf-8")
    except (UnknownLocaleError, ValueError):
        raise SystemExit(f"{code} is no language's code: write for example de or pt_BR.") from None


def updated(code: str, catalogue: Catalog) -> str:
    """The catalogue's file. Without line numbers, so that a change of a text is the only change."""
    catalogue.update(template(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    file = BytesIO()
    write_po(file, catalogue, width=100, omit_header=True, include_lineno=False)
    return HEADER.format(code=code, plural=catalogue.plural_forms) + file.getvalue().decode().rstrip() + "\n"


if __name__ == "__main__":
    main(*sys.argv[1:2])
