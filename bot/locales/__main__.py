"""`python -m bot.locales`: bring every catalogue up to date with the source, and say what is missing."""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from bot.locales.extract import template
from bot.texts import DOMAIN, FOLDER, forms, read_catalogues

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


def main() -> None:
    """Keeps what is translated, adds what is new, drops what is gone."""
    wanted = template()
    for code, catalogue in read_catalogues().items():
        catalogue.update(wanted, no_fuzzy_matching=True)
        write(code, catalogue, FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po")
        texts = [message for message in catalogue if message.id]
        missing = sum(1 for message in texts if not all(forms(message.string)))
        sys.stdout.write(f"{code}: {len(texts)} texts, {missing} missing\n")


def write(code: str, catalogue: Catalog, path: Path) -> None:
    """Without line numbers, so that a change of a text is the only change."""
    catalogue.obsolete.clear()
    file = BytesIO()
    write_po(file, catalogue, width=100, omit_header=True, include_lineno=False)
    header = HEADER.format(code=code, plural=catalogue.plural_forms)
    path.write_text(header + file.getvalue().decode(), encoding="utf-8")


if __name__ == "__main__":
    main()
