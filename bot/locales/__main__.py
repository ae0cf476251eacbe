"""`python -m bot.locales`: bring every catalogue up to date with the source, and say what is missing."""

import sys
from collections.abc import Sequence

from babel.messages.pofile import write_po

from bot.locales.extract import template
from bot.texts import DOMAIN, FOLDER, forms, read_catalogues


def main() -> None:
    """Keeps what is translated, adds what is new, drops what is gone."""
    wanted = template()
    for code, catalogue in read_catalogues().items():
        catalogue.update(wanted, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with (FOLDER / code / "LC_MESSAGES" / f"{DOMAIN}.po").open("wb") as file:
            write_po(file, catalogue, width=100, sort_output=False, omit_header=False)
        missing = sum(1 for message in catalogue if bool(message.id) and not all(forms(message.string)))
        sys.stdout.write(f"{code}: {len(catalogue)} texts, {missing} missing\n")


def _translated(string: str | Sequence[str] | None) -> bool:
    return bool(string) if isinstance(string, str | None) else all(string)


if __name__ == "__main__":
    main()
