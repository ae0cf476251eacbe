"""Languages that Homeroom speaks, under their own names."""

from handlers.base import Texts, UserError

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}


def nearest(code: str | None) -> str:
    """The language of ours that is nearest to a code such as "zh-Hans-CN" or "en_GB"; English if none is."""
    folded = (code or "").replace("-", "_").casefold()
    for language in LANGUAGES:
        if folded == language.casefold():
            return language
    root = folded.partition("_")[0]
    return next((language for language in LANGUAGES if language.partition("_")[0] == root), "en")


def read_language(word: str, t: Texts) -> str:
    """A language by its code or its name. Raises UserError."""
    folded = word.casefold()
    names = {name.casefold(): code for code, name in LANGUAGES.items()}
    names |= {"chinese": "zh_CN", "中文": "zh_CN", "简中": "zh_CN", "英文": "en", "英语": "en"}
    if folded in names:
        return names[folded]
    if folded.replace("-", "_").partition("_")[0] in {code.partition("_")[0] for code in LANGUAGES}:
        return nearest(word)
    raise UserError(
        t(
            "I do not speak “{word}” yet. I speak: {languages}.",
            word=word[:40],
            languages=t.c("list", ", ").join(f"{name} ({code})" for code, name in LANGUAGES.items()),
        )
    )


CHOICES = tuple(LANGUAGES.items())
"""(code, own name): offered where an option is a language."""
