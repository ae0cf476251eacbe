"""Courses: what speaks for a closer look at one: thin, promotional, like another, silent on what is asked."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import log
from statistics import median
from typing import Final

from recsys.quality.judge import Judge
from recsys.quality.kinds import HEADS
from recsys.quality.ngrams import grams
from recsys.quality.normalise import plain, words
from recsys.suggestions.content import Terms, Text

ADVERT: Final = HEADS.index("advert")
WORDED: Final = 0.7
"""Logit of the n-grams' head from which on a passage reads like an advert: above nearly all of our own good
lines, and below half of our adverts. Without vectors nothing is encoded while somebody waits."""
OVERLAP: Final = 0.45
SAME: Final = 0.85
"""Cosine from which on two courses are in part, or nearly, about the same."""
FEW_WORDS: Final = 25
"""A course that says less is thin whatever the others say."""
THIN: Final = 0.35
"""Of the usual length."""
OTHERS: Final = 3
"""From so many other courses on it is known what is usual."""
PASSAGE: Final = 300
SHOWN: Final = 6
NEAR: Final = 0.08
"""Cosine from which on a question that nothing answered belongs to the course that it is nearest to."""
_BREAK: Final = re.compile(r"(?<=[.!?。！？])\s*|\n+")
_LATIN: Final = re.compile(r"[a-z][a-z0-9+#]{2,}")
_SIGNS: Final = re.compile("[\u4e00-\u9fff]+")
_EMPTY: Final = re.compile(
    "怎么办|怎么样|为什么|是什么|有没有|可不可以|什么|怎么|怎样|如何|哪里|哪个|哪些|为何|可以|能够|能不能|是否|需要|这个|那个|这里|那里|我们|你们|他们|大家|老师|同学|请问"
    "|问题|课程|这门|一下|一些|没有|还是|或者|以及|因为|所以|但是|如果|已经|学习|讲解|介绍|入门|基础|时候|之间|区别"
    "|[的了吗呢吧啊呀哦嗯和与跟及在是我你您他她它这那哪么请谢]"
)
_SMALL: Final = (
    "about all also and any are ask asked because been before but can could did does doing done for from"
    " get gets give good had has have help her here him his how into its just know like look make many"
    " more most much need not now one only other our out over own please see she should some still such"
    " take than thank thanks that the their them then there these they thing this those too try two use"
    " used using very want was way were what when where which who why will with without work works would"
    " you your course lesson lessons part chapter introduction learn learning question understand explain"
    " example first last new http https www com org"
)
_STOP: Final = frozenset(_SMALL.split())


@dataclass(frozen=True, slots=True)
class About:
    """What a course says of itself."""

    title: str
    text: str = ""
    tags: tuple[str, ...] = ()
    lessons: tuple[tuple[str, str], ...] = ()
    """Title and text of each."""

    @property
    def whole(self) -> Text:
        """All of it."""
        taught = ("\n".join(each) for each in self.lessons)
        return Text(self.title, "\n".join([self.text, *taught]), self.tags)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was found.

    words: how many it has; usual: the middle of the others' (none: too few others); promotional: passages
    that read like an advert; like: (place among the others, cosine), the closest first; taught, asked:
    topics, the weightiest first; `asked` are those of questions that the course does not name.
    """

    words: int
    usual: int | None
    promotional: tuple[str, ...]
    like: tuple[tuple[int, float], ...]
    taught: tuple[str, ...]
    asked: tuple[str, ...]

    @property
    def thin(self) -> bool:
        """Whether it says little, for itself or beside the others."""
        return self.words < FEW_WORDS or (self.usual is not None and self.words < THIN * self.usual)


def sheet(
    judge: Judge,
    course: About,
    others: Sequence[About],
    asked: Sequence[tuple[int, str]] = (),
    unanswered: Sequence[tuple[int, str]] = (),
) -> Sheet:
    """What speaks for a closer look. asked: (who, question) that led to this course; unanswered: to none."""
    texts = [course.whole, *(each.whole for each in others)]
    terms = Terms.of(texts)
    vectors = terms.vectors(texts)
    close = (vectors[1:] @ vectors[0].T).toarray().ravel() if others else []
    over = [(place, float(cosine)) for place, cosine in enumerate(close) if cosine >= OVERLAP]
    like = sorted(over, key=lambda one: -one[1])
    lengths = [_length(each) for each in texts]
    theirs = list(asked)
    if unanswered:
        near = (terms.vectors([Text("", text) for _, text in unanswered]) @ vectors.T).toarray()
        theirs += [
            one for one, row in zip(unanswered, near, strict=True) if row.argmax() == 0 and row[0] >= NEAR
        ]
    rarity = _rarity([topics_in(f"{each.title}\n{each.body}") for each in texts])
    return Sheet(
        words=lengths[0],
        usual=round(median(lengths[1:])) if len(others) >= OTHERS else None,
        promotional=promotional(judge, course),
        like=tuple(like[:SHOWN]),
        taught=_taught(course, rarity),
        asked=_not_taught(course, theirs, rarity),
    )


def promotional(judge: Judge, course: About) -> tuple[str, ...]:
    """The passages that read like an advert, the clearest first."""
    passages = [
        passage[:PASSAGE].strip()
        for text in (course.text, *(text for _, text in course.lessons))
        for passage in _BREAK.split(text)
        if len(passage.strip()) >= 8
    ]
    if not passages:
        return ()
    rows = grams([words(plain(each)[0]) for each in passages])
    logits = (rows.times(judge.heads.grams) + judge.heads.bias[1])[:, ADVERT]
    found = sorted((-float(logit), place) for place, logit in enumerate(logits) if logit >= WORDED)
    return tuple(dict.fromkeys(passages[place] for _, place in found))[:SHOWN]


def topics_in(text: str) -> list[str]:
    """What a text names: words, and runs of Chinese signs between the small words of a sentence."""
    small = text.lower()
    found = [word for word in _LATIN.findall(small) if word not in _STOP]
    for run in _SIGNS.findall(small):
        found += [part for part in _EMPTY.split(run) if 2 <= len(part) <= 8]
    return found


def _length(text: Text) -> int:
    """Words; a Chinese word has about two signs."""
    body = f"{text.title}\n{text.body}"
    return len(re.findall(r"[^\W\u4e00-\u9fff]+", body)) + len(re.findall("[\u4e00-\u9fff]", body)) // 2


def _rarity(courses: Sequence[Sequence[str]]) -> Callable[[str], float]:
    """As Terms: ln((1 + courses) / (1 + courses that name it)) + 1."""
    counted = Counter(topic for each in courses for topic in set(each))
    return lambda topic: log((1 + len(courses)) / (1 + counted[topic])) + 1


def _taught(course: About, rarity: Callable[[str], float]) -> tuple[str, ...]:
    counted: Counter[str] = Counter()
    for title, text in ((course.title, course.text), *course.lessons):
        counted.update(topics_in(title) * 3)
        counted.update(topics_in(text))
    return _weightiest({topic: (1 + log(n)) * rarity(topic) for topic, n in counted.items()})


def _not_taught(
    course: About, asked: Sequence[tuple[int, str]], rarity: Callable[[str], float]
) -> tuple[str, ...]:
    """Topics that at least two people asked about: what one person asked could say who it was."""
    said = f"{course.whole.title}\n{course.whole.body}\n{' '.join(course.tags)}".lower()
    who: dict[str, set[int]] = {}
    for person, text in asked:
        for topic in topics_in(text):
            if topic not in said and topic.removesuffix("s") not in said:
                who.setdefault(topic, set()).add(person)
    return _weightiest({topic: len(them) * rarity(topic) for topic, them in who.items() if len(them) > 1})


def _weightiest(weights: dict[str, float]) -> tuple[str, ...]:
    return tuple(sorted(weights, key=lambda topic: (-weights[topic], topic))[:SHOWN])
