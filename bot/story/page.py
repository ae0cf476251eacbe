"""Page: a story in words and pictures, one file that needs nothing else: no network, no script, no font.

Its own policy forbids the browser to load anything, so that nothing leaves
the machine when it is opened either.
"""

from html import escape
from pathlib import Path

from bot.story.counted import definitions
from bot.story.marks import Section, about, day, figures, month, note, share
from bot.story.sections import SECTIONS
from bot.story.sections.answers import quantile
from bot.story.values import Story
from handlers.base import Texts

LOOK = Path(__file__).parent / "story.css"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def page_of(story: Story, t: Texts) -> str:
    """The whole page. The same story gives the same page."""
    title = t("The story of {name}", name=story.name)
    sections = [tell(story, t) for tell in SECTIONS]
    return (
        f'<!doctype html>\n<html lang="{t.language.replace("_", "-")}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">'
        f"<title>{escape(title)}</title><style>{LOOK.read_text(encoding='utf-8')}</style></head><body>"
        f"{_head(story, t)}<main>{''.join(_section(each, t) for each in sections)}</main>{_foot(story, t)}"
        "</body></html>\n"
    )


def _head(story: Story, t: Texts) -> str:
    span = t("{first} to {last}", first=day(t, story.first), last=day(t, story.last))
    alone = t("Made on this machine. Nothing left it, and this page loads nothing.")
    return (
        f'<header><p class="brand"><span aria-hidden="true">🏫</span> Homeroom</p>'
        f"<h1>{escape(t('The story of {name}', name=story.name))}</h1>"
        f'<p class="span">{escape(span)} · {escape(t("times in {zone}", zone=story.zone))}</p>'
        f'<p class="alone"><span aria-hidden="true">🔒</span> {escape(alone)}</p>'
        f"{_caution(story, t)}{_totals(story, t)}{_months(story, t)}</header>"
    )


def _caution(story: Story, t: Texts) -> str:
    """Before any figure: what the file does not have."""
    if not story.has_gaps:
        return ""
    words = t(
        "The file has posts on {days} of {span} days only. What happened on the others is in no figure here,"
        " and a question may have been answered after a part of the file ends.",
        days=t.number(story.days),
        span=t.number(story.span),
    )
    return f'<p class="caution">{escape(words)}</p>'


def _totals(story: Story, t: Texts) -> str:
    found = story.answers
    thanks = story.points.given.get("thanks", (0, 0))[0]
    totals = [
        (t.number(story.posts), t("posts")),
        (t.number(story.people), t("people who wrote")),
        (t.number(found.questions), t("questions to all")),
    ]
    if found.judged:
        totals.append((share(len(found.waited), found.judged), t("of them were answered")))
    if found.waited:
        totals.append((about(t, quantile(found.waited, 0.5)), t("typical wait for an answer")))
    totals.append((t.number(thanks), t("thanks that count")))
    return figures(totals)


def _months(story: Story, t: Texts) -> str:
    """Posts a month, as a small picture; months without a post are gaps in it."""
    year, number = map(int, min(story.months).split("-"))
    names = []
    while (name := f"{year:04}-{number:02}") <= max(story.months):
        names.append(name)
        year, number = (year, number + 1) if number < 12 else (year + 1, 1)
    if len(names) < 3:
        return ""
    most = max(story.months.values())
    drawn = "".join(
        f'<rect x="{at + 0.1:.1f}" y="{100 - height:.2f}" width="0.8" height="{height:.2f}"/>'
        for at, name in enumerate(names)
        if (height := 100 * story.months.get(name, 0) / most)
    )
    best = max(story.months, key=lambda name: story.months[name])
    said = t("Posts a month; {month} had most, {n}.", month=month(t, best), n=t.number(most))
    return (
        f'<div class="months" role="img" aria-label="{escape(said)}"><svg viewBox="0 0 {len(names)} 100"'
        f' preserveAspectRatio="none" aria-hidden="true">{drawn}</svg>'
        f"<p><span>{escape(month(t, names[0]))}</span><span>{escape(said)}</span>"
        f"<span>{escape(month(t, names[-1]))}</span></p></div>"
    )


def _section(section: Section, t: Texts) -> str:
    advice = f"<b>{escape(t('What to do:'))}</b>{escape(section.advice)}" if section.advice else ""
    return (
        f'<section id="{section.key}" aria-labelledby="{section.key}-found">'
        f'<p class="about">{escape(section.title)}</p>'
        f'<h2 id="{section.key}-found">{escape(section.finding)}</h2>'
        f'<p class="advice">{advice}</p>{section.body}</section>'
    )


def _foot(story: Story, t: Texts) -> str:
    meanings = "".join(
        f"<dt>{escape(what)}</dt><dd>{escape(meaning)}</dd>" for what, meaning in definitions(t)
    )
    notes = []
    if story.refused_rows:
        notes.append(
            t.n(
                "{n} row of the file could not be used and is not counted.",
                "{n} rows of the file could not be used and are not counted.",
                story.refused_rows,
            )
        )
    if story.other_spaces:
        listed = t.c("list", ", ").join(story.other_spaces[:10])
        notes.append(
            t.n(
                "The file has {n} more group, with fewer posts, which is not told of here: {names}.",
                "The file has {n} more groups, with fewer posts, which are not told of here: {names}.",
                len(story.other_spaces),
                names=listed,
            )
        )
    files = t.c("list", ", ").join(story.files)
    made = note(t("Told by Homeroom from {files}.", files=files)) if files else ""
    return (
        f"<footer>{''.join(map(note, notes))}<h2>{escape(t('How this was counted'))}</h2>"
        f"<dl>{meanings}</dl>{made}</footer>"
    )
