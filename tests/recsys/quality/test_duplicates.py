"""Edited copies of removed posts are found, other posts are not."""

import numpy as np
import pytest

from recsys.quality.duplicates import MOST, Removed, fingerprint

ADVERT = "🔥 Join our VIP trading signals group today, 300% profit guaranteed every week, message @user now"
CHINESE = "低息贷款，无抵押无担保，当天放款，详询 11174863936，加微信领取优惠"


@pytest.fixture
def removed(looks) -> Removed:
    texts = [ADVERT, CHINESE, "王姐 13800001111"]
    return Removed.of(["a", "b", "c"], [fingerprint(text) for text in texts], looks(*texts).vectors)


@pytest.mark.parametrize(
    ("copy", "of"),
    [
        (ADVERT.replace("300", "512").replace("@user", "@other99"), "a"),
        ("Jоin оur VIP trаding signаls grоup tоday 🔥🔥 300% prоfit guarаnteed every week!!", "a"),
        ("J\u200boin our V I P tra\u200bding signals group today, 300% profit guaranteed every week", "a"),
        ("低息货款 无抵押 无担保 当天放款 详询 99988877766 加微信领取优惠", "b"),
        ("王姐 13800001111", "c"),
    ],
)
def test_an_edited_copy_is_found(removed, looks, copy, of):
    (match,) = removed.nearest([fingerprint(copy)], looks(copy).vectors)

    assert match is not None
    assert match.id == of
    assert 0.4 <= match.likeness <= 1


@pytest.mark.parametrize(
    "other",
    [
        "How do trading signals work in lesson 4? I don't see the profit formula",
        "第五课讲的贷款利息怎么算？",
        "1.5 2.7 3.9 4.1",
        "42",
        "",
        "😂😂😂",
    ],
)
def test_another_post_is_not(removed, looks, other):
    assert removed.nearest([fingerprint(other)], looks(other).vectors) == [None]


def test_nothing_is_near_when_nothing_was_removed(looks):
    nothing = Removed.of([], [], np.empty((0, 512), np.float32))

    assert nothing.nearest([fingerprint("hello")], looks("hello").vectors) == [None]


def test_only_the_latest_are_kept():
    count = MOST + 5
    vectors = np.eye(1, 4, dtype=np.float32).repeat(count, axis=0)
    kept = Removed.of([str(k) for k in range(count)], [fingerprint("some text")] * count, vectors)

    assert len(kept.ids) == MOST
    assert kept.ids[-1] == str(count - 1)
