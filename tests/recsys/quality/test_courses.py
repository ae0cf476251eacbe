"""What speaks for a closer look at a course."""

from recsys.quality.courses import About, promotional, sheet, topics_in
from recsys.quality.saved import shipped

GIT = About(
    "Git for teams",
    "Learn how a team works with branches, merges and reviews. You will make commits, resolve conflicts and publish.",
    ("git",),
    (
        ("Branches", "A branch is a line of commits."),
        ("Merge conflicts", "Two people changed the same line."),
    ),
)
COPY = About("Git for small teams", GIT.text, ("git",), GIT.lessons)
BREAD = About(
    "Baking bread",
    "Flour, water, salt and time: a sourdough from the first starter to the crust, with many pictures of every step.",
    (),
    (("Starter", "Feed it twice a day."), ("Oven", "Steam makes the crust shine.")),
)
SQL = About(
    "SQL from zero",
    "Select rows, join tables and group what you found. Every lesson ends with queries that you write by yourself now.",
    (),
    (("Joins", "A join puts two tables side by side."),),
)


def test_a_copy_is_named_and_what_is_usual_is_known_from_three_others():
    found = sheet(shipped(), GIT, [BREAD, COPY, SQL])

    assert [place for place, _ in found.like] == [1]
    assert found.like[0][1] > 0.85
    assert found.usual is not None
    assert not found.thin
    assert sheet(shipped(), About("Git", "Soon."), [BREAD]).thin
    assert "branches" in found.taught


def test_topics_that_two_people_asked_about_and_no_lesson_names_are_told():
    asked = [
        (1, "How does rebase work?"),
        (2, "rebase or merge?"),
        (3, "What is a submodule?"),
        (3, "submodule again"),
    ]
    open_ = [(4, "does a branch survive a rebase of its commits"), (5, "which flour for bread, and rebase?")]

    found = sheet(shipped(), GIT, [BREAD, SQL], asked, open_)

    assert found.asked == ("rebase",), "one person's word stays theirs; what is taught is not missing"
    assert sheet(shipped(), BREAD, [GIT, SQL], asked, open_).asked == ("rebase",)


def test_chinese_topics_are_runs_of_signs_between_small_words():
    assert topics_in("梯度下降怎么用？老师请问反向传播是什么") == ["梯度下降", "反向传播"]


def test_a_passage_that_sells_is_told_and_one_that_teaches_selling_is_not():
    course = About(
        "Marketing",
        "How adverts work, how prices are set, and what a good offer says. "
        "Join now, 50% discount! Add me on WhatsApp +123456 for free VIP signals and earn $500 a day!",
        (),
        (("推广", "限时优惠，加微信领取全套资料，名额有限，月入过万"),),
    )

    found = promotional(shipped(), course)

    assert any("WhatsApp" in each for each in found)
    assert any("加微信" in each for each in found)
    assert not any(each.startswith("How adverts work") for each in found)
