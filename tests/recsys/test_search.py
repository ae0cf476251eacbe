"""Search: the passage that answers, its sentence, and that nothing answers."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.search import (
    LONGEST,
    SENTENCES,
    STRANGERS,
    Index,
    Meaning,
    Passage,
    index_of,
    mean_cosine,
    search,
    sentences_of,
)
from tests.encoders import SharedWords

PASSAGES = [
    Passage("Undoing things", "Git", ("Revert takes back a commit.", "Nothing is lost.")),
    Passage("Branches", "Git", ("A branch is a line of work.",)),
    Passage("梯度下降", "机器学习入门", ("梯度下降沿着负梯度方向更新参数。", "学习率决定每一步的大小。")),
    Passage("Baking bread", "", ("Sourdough rests for a night.",)),
]
ENCODER = SharedWords()


def with_meaning(index: Index) -> Index:
    vectors = ENCODER.encode(index.sentences).astype(np.float16)
    return replace(index, meaning=Meaning(vectors, mean_cosine(ENCODER.encode(STRANGERS))))


def ask(question: str, *, meaning: bool = True) -> list[tuple[str, str]]:
    index = index_of(PASSAGES)
    vector = ENCODER.encode([question])[0] if meaning else None
    found = search(with_meaning(index) if meaning else index, question, vector)
    return [(PASSAGES[each.passage].title, each.sentence) for each in found]


@pytest.mark.parametrize("meaning", [True, False])
def test_the_passage_and_its_sentence_are_found_in_both_languages(meaning):
    assert ask("How do I take back a commit?", meaning=meaning)[0] == (
        "Undoing things",
        "Revert takes back a commit.",
    )
    assert ask("学习率怎么选？", meaning=meaning)[0] == ("梯度下降", "学习率决定每一步的大小。")


@pytest.mark.parametrize("meaning", [True, False])
def test_what_no_passage_is_about_is_not_answered(meaning):
    assert ask("Who won the elections in Peru?", meaning=meaning) == []
    assert ask("今天天气怎么样？", meaning=meaning) == []
    assert ask("", meaning=meaning) == ask("🎉", meaning=meaning) == []


def test_nothing_is_found_where_there_is_nothing():
    assert search(index_of([]), "anything", None) == []
    assert search(index_of([Passage("", "")]), "anything", None) == []


def test_sentences_whose_meaning_is_not_known_are_found_by_their_words():
    index = with_meaning(index_of(PASSAGES))
    assert index.meaning is not None
    cut = replace(index, meaning=replace(index.meaning, vectors=index.meaning.vectors[:3]))
    question = "Sourdough rests for a night bread baking"

    found = search(cut, question, ENCODER.encode([question])[0])

    assert [PASSAGES[each.passage].title for each in found] == ["Baking bread"]


@settings(max_examples=60)
@given(st.text(max_size=3_000))
def test_whatever_is_written_has_few_short_sentences(text):
    found = sentences_of(text)

    assert len(found) <= SENTENCES
    assert all(0 < len(each) <= LONGEST and "\n" not in each for each in found)


@settings(max_examples=40)
@given(st.text(max_size=200), st.lists(st.tuples(st.text(max_size=40), st.text(max_size=200)), max_size=4))
def test_whatever_is_asked_of_whatever_is_answered_in_the_order_of_the_scores(question, told):
    passages = [Passage(title, "", sentences_of(text)) for title, text in told]
    index = with_meaning(index_of(passages)) if passages else index_of(passages)

    found = search(index, question, ENCODER.encode([question])[0])

    assert [each.score for each in found] == sorted((each.score for each in found), reverse=True)
    assert len({each.passage for each in found}) == len(found) <= 3
