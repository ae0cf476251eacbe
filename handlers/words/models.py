"""Models in words: what one is made of, how good it is, what is not in it, and why it may not serve."""

from collections.abc import Mapping
from typing import Any

from handlers.base import N_, Texts
from storage.models import StoredModel

PARTS = {
    "lightfm": N_("what members with such a past took"),
    "order": N_("what is taken soon after what"),
    "ease": N_("which courses go together"),
    "popular": N_("what many take of late"),
    "path": N_("the catalogue's own order"),
}
SKIPPED = {
    "order:times": N_(
        "What is taken after what: everything was brought in at one moment, without its own times."
    ),
    "ease:memory": N_(
        "Which courses go together: {courses} courses need {needed} MB, and {budget} MB are allowed."
    ),
    "lightfm:memory": N_(
        "What members with such a past took: it needs {needed} MB, and {budget} MB are allowed."
    ),
    "lightfm:missing": N_("What members with such a past took: LightFM is not installed (docs/install.md)."),
    "all:few": N_(
        "Everything that learns from members: {held} took a course after another one, {needed} are needed."
    ),
    "order:time": N_("The search for the best order of courses ended early: its time was used up."),
    "ease:time": N_("The search for which courses go together ended early: its time was used up."),
    "lightfm:time": N_("Learning from members with such a past ended early: its time was used up."),
    "new:memory": N_(
        "{left} of {new} new courses have no place of their own: it would need more than {budget} MB."
    ),
    "compared:few": N_("A comparison: too few members did anything later than the rest."),
    "compared:serving": N_("A comparison with what served: too little has happened since it was trained."),
}
FAILED = {
    "nothing": N_("There is no published course yet. /course_add makes one."),
    "memory": N_(
        "The machine has too little memory for it. Lower training.megabytes in config.yaml, or give it more."
    ),
    "disk": N_("The new model could not be written: look at the disk and at the data folder's rights."),
    "database": N_("The database could not be read. /status says how it is."),
    "process": N_("The training was broken off. The log says why; press again to try once more."),
}


def parts_in_words(t: Texts, model: StoredModel) -> str:
    """ "what is taken soon after what 60 %, which courses go together 40 %"; the largest first."""
    weights: Mapping[str, float] = model.parameters.get("weights", {})
    total = sum(weights.values())
    ordered = sorted(weights.items(), key=lambda pair: -pair[1])
    if len(ordered) == 1:
        return t(PARTS.get(ordered[0][0], ordered[0][0]))
    return t.c("list", ", ").join(
        t("{part} {share} %", part=t(PARTS.get(name, name)), share=round(100 * weight / total))
        for name, weight in ordered
    )


def skipped_in_words(t: Texts, skip: Mapping[str, Any]) -> str:
    """Why something is not in a model."""
    what = str(skip.get("what"))
    numbers = {name: t.number(round(float(value))) for name, value in skip.items() if name != "what"}
    return t(SKIPPED[what], **numbers) if what in SKIPPED else what


def quality_in_words(t: Texts, model: StoredModel) -> list[str]:
    """How good it was on what came later, beside what it was compared with."""
    figures = model.figures
    hits: Mapping[str, float] = figures.get("hits", {})
    if "new" not in hits:
        return [t("How good it is cannot be said yet: too few members did anything later than the rest.")]
    of_members = t.n("{n} member was looked at", "{n} members were looked at", int(figures["members"]))
    lines = [
        t(
            "Of 100 members, {n} had their next course among the first {first} ({looked_at}).",
            n=_of_hundred(hits["new"]),
            first=figures.get("first", 10),
            looked_at=of_members,
        )
    ]
    others = [
        t(words, n=_of_hundred(hits[name]))
        for name, words in (
            ("popular", N_("{n} by what many take")),
            ("path", N_("{n} by the catalogue's order")),
            ("serves", N_("{n} by the model before")),
        )
        if name in hits
    ]
    if others:
        lines.append(t("For comparison: {others}.", others=t.c("list", ", ").join(others)))
    return lines


def worse_in_words(t: Texts, model: StoredModel) -> str:
    """What a refused one is worse than."""
    worse = model.figures.get("worse_than", [])
    if worse == ["plain"]:
        return t(
            "it learned nothing of members, and too little has happened to give up what was learned before"
        )
    if "serves" in worse:
        return t("it did worse than what serves")
    return t("it did worse than what many take")


def _of_hundred(share: float) -> int:
    return round(100 * share)
