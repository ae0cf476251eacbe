"""Day one: what is flagged and what is not, in both languages, also when the post is hostile."""

import time

import numpy as np
import pytest

from recsys.quality.duplicates import Match
from recsys.quality.heads import chance
from recsys.quality.judge import Copied, Sureness, capped, score, sureness
from recsys.quality.kinds import HEADS, KINDS

BAD = [
    ("advert", "🚀 Guaranteed 20% weekly profit, join the VIP channel t.me/+moneyroom and DM the admin"),
    ("advert", "高价收购USDT，秒到账，加微信详谈，招代理日结"),
    ("advert", "Jоin оur frее trаding signаls, guаrаntееd prоfit, DM mе nоw"),
    (
        "advert",
        "Jo\u200bin our fr\u200bee tra\u200bding sig\u200bnals, guar\u200banteed pro\u200bfit, DM me now",
    ),
    ("abuse", "you are such a stupid idiot, shut up and get lost"),
    ("abuse", "你这个傻逼，滚出去"),
    ("low_effort", "aaaaaaaaaaaaaaaaaaaaaa"),
    ("low_effort", "😂😂😂😂😂"),
    ("low_effort", "签到"),
    ("off_topic", "Did you watch the football match last night? What a goal!"),
]
GOOD = [
    "Thank you so much for this wonderful course, I learned a lot and finally finished my project last night: "
    "https://example.com/portfolio. The forum helped me as much as the videos did, above all in week six.",
    "老师，第三题为什么选B？我算了两遍都是C",
    "for (let i = 0; i < 10; i++) { console.log(i); }",
    "Why does the loop never end? I change i inside of it.",
    "Here are my notes of week 2: https://docs.example.org/notes, corrections welcome",
    "Option C, because the units differ",
    "Hi everyone, I'm new here. I teach maths in Nairobi and want to record better lessons.",
    "这是我的第三周作业 https://github.com/example/week3 欢迎点评",
    "I killed the parent process, but the child is still running",
    "привет 你好 hello, what is the homework for week three?",
]


@pytest.mark.parametrize(("kind", "text"), BAD)
def test_what_is_bad_is_flagged_with_a_reason(judged, kind, text):
    (found,) = judged(text)

    assert found.flagged[:1] == (kind,)
    assert found.reasons
    assert found.reasons[0].weight >= found.reasons[-1].weight > 0


@pytest.mark.parametrize("text", GOOD)
def test_what_is_good_is_not(judged, text):
    (found,) = judged(text)

    assert found.flagged == ()
    assert found.reasons == ()


def test_an_explanation_helps_and_small_talk_does_not(judged):
    helpful, talk = judged(
        "You get the KeyError because the column has a blank at its end: use df.columns.str.strip() first.",
        "haha yes, see you tomorrow",
    )

    assert helpful.helpful > 0.5 > talk.helpful


def test_hostile_posts_have_finite_scores_and_are_quick(judged):
    posts = [
        "",
        " ",
        "\u200b" * 50,
        "x" * 5_000,
        "加微信" * 1_700,
        "😂" * 2_000,
        "\ud800 half a sign",
        "a b " * 1_200,
    ]
    posts += ["@" * 5_000, "(" * 3_000, "\n" * 2_000, "𝕱𝖗𝖊𝖊 ＭＯＮＥＹ", "{}[]();" * 700, "0" * 4_000]
    begun = time.process_time()

    found = judged(*posts)

    assert time.process_time() - begun < 2
    assert all(0 <= chance_ <= 1 for one in found for chance_ in one.chances.values())


def test_a_post_is_judged_the_same_alone_and_among_a_hundred(judged):
    texts = [f"Question {k} on lesson {k % 7}: why does it work?" for k in range(99)] + [BAD[0][1]]

    alone, among = judged(texts[-1])[0], judged(*texts)[-1]

    assert among.chances == pytest.approx(alone.chances, abs=1e-3)
    assert among.flagged == alone.flagged


def test_a_copy_of_a_removed_post_is_flagged_for_what_that_was_removed_for(judge, looks):
    text = "Have a look at my page when you have time"

    (found,) = score(judge, [text], looks(text), copies=[Copied(Match("case 7", 0.8, True), "advert")])

    assert found.flagged[0] == "advert"
    assert (found.reasons[0].name, found.reasons[0].of) == ("copy", "case 7")


def test_a_space_where_much_would_be_flagged_flags_its_worst_percent(judge, looks):
    chances = chance(judge.logits(looks(*GOOD)))
    many = np.linspace(0, 1, 400 * len(HEADS), dtype=np.float32).reshape(400, len(HEADS))

    lines = capped(judge, many)

    for place, kind in enumerate(KINDS):
        assert lines[kind] >= judge.thresholds[kind]
        assert (many[:, place] >= lines[kind]).sum() <= 4
    assert capped(judge, chances) == dict(judge.thresholds)


def test_chances_are_words_at_first():
    assert [sureness(one) for one in (0.99, 0.8, 0.6)] == [Sureness.SURE, Sureness.LIKELY, Sureness.UNSURE]
