"""Catalogues: what is said in each language, and how they follow the source.

Every command reads the configuration, which asks which languages there are: nothing slow is imported here.
"""

from pathlib import Path

FOLDER = Path(__file__).parent
DOMAIN = "homeroom"
PATTERN = f"*/LC_MESSAGES/{DOMAIN}.po"


def languages(folder: Path = FOLDER) -> tuple[str, ...]:
    """The codes of all languages, without reading any: English, which stands in the source, first."""
    return "en", *sorted(path.parts[-3] for path in folder.glob(PATTERN))


def catalogue_path(code: str, folder: Path = FOLDER) -> Path:
    """Where a language's texts are kept."""
    return folder / code / "LC_MESSAGES" / f"{DOMAIN}.po"
