"""Languages that Homeroom speaks, under their own names. Which there are, the catalogues say."""

from collections.abc import Iterable

from handlers.base import Texts, UserError

SOURCE = "en"
"""The language that stands in the source: spoken where no other is near."""
_ALSO = {"chinese": "zh", "中文": "zh", "简中": "zh", "英文": "en", "英语": "en"}


def nearest(code: str | None, known: Iterable[str]) -> str:
    """The known language that is nearest to a code such as "zh-Hans-CN" or "en_GB"; English if none is."""
    known = tuple(known)
    folded = (code or "").replace("-", "_").casefold()
    for language in known:
        if folded == language.casefold():
            return language
    root = folded.partition("_")[0]
    return next((language for language in known if language.partition("_")[0] == root), SOURCE)


def named(t: Texts, code: str) -> str:
    """A language under its own name."""
    return t.languages.get(code, code)


def read_language(word: str, t: Texts) -> str:
    """A language by its code or its name. Raises UserError."""
    folded = word.strip().casefold()
    names = {name.casefold(): code for code, name in t.languages.items()}
    if folded in names:
        return names[folded]
    wanted = _ALSO.get(folded, folded).replace("-", "_")
    if wanted.partition("_")[0] in {code.partition("_")[0].casefold() for code in t.languages}:
        return nearest(wanted, t.languages)
    raise UserError(
        t(
            "I do not speak “{word}” yet. I speak: {languages}.",
            word=word[:40],
            languages=t.c("list", ", ").join(f"{name} ({code})" for code, name in t.languages.items()),
        )
    )


def offer_languages(t: Texts, typed: str) -> list[tuple[str, str]]:
    """(code, own name) of the languages that what was typed may mean."""
    folded = typed.strip().casefold()
    return [
        (code, name)
        for code, name in t.languages.items()
        if folded in code.casefold() or folded in name.casefold()
    ]


def next_language(t: Texts) -> tuple[str, str]:
    """(code, own name) of the language after this one, round and round: what a switch offers."""
    codes = list(t.languages)
    code = codes[(codes.index(t.language) + 1) % len(codes)] if t.language in codes else codes[0]
    return code, named(t, code)
