"""`homeroom score` and `homeroom evaluate quality`: what they print, and what they say of files that are wrong."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import app

POSTS = [
    ("1", "Guaranteed 20% weekly profit, join the VIP channel t.me/+x and DM the admin", "advert"),
    ("2", "Why is the answer to question 3 B and not C?", "ok"),
    ("3", "你这个傻逼，滚出去", "abuse"),
    ("4", "", "low_effort"),
]


def run(*arguments: str | Path):
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def posts(tmp_path) -> Path:
    file = tmp_path / "posts.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("id", "text", "label"), *POSTS])
    return file


def test_each_post_is_a_line(posts):
    done = run("score", posts)

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert [row["id"] for row in found] == ["1", "2", "3", "4"]
    assert [row["flagged"] for row in found] == [["advert"], [], ["abuse"], ["low_effort"]]
    assert set(found[0]["scores"]) == {"advert", "abuse", "low_effort", "off_topic"}
    assert found[0]["reasons"]
    assert found[1]["reasons"] == []


def test_posts_to_ask_about_are_lines(posts, tmp_path):
    verdicts = tmp_path / "verdicts.csv.gz"
    with gzip.open(verdicts, "wt", encoding="utf-8") as out:
        out.write("id,text,label\n2,Why is the answer to question 3 B and not C?,ok\n")

    done = run("score", posts, "--ask", "2", "--learn", verdicts)

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 2
    assert "2" not in {row["id"] for row in found}
    assert all("unsure" in row["reason"] for row in found)
    assert "Learned from 1 verdicts" in done.stderr


def test_figures_stand_beside_baselines(posts):
    done = run("evaluate", "quality", posts, "--learn", posts, "--json")

    found = json.loads(done.stdout)
    assert found["flag_recall"] == 1
    assert set(found["figures"]) == {"judge", "nearest_prototype", "tfidf_regression"}
    assert found["figures"]["judge"]["advert"]["all"]["recall"] == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("id,words\n1,hi\n", "has no column 'text'"),
        ("id,text,label\n1,hi,spam\n", "'spam' is no label. Labels are ok, helpful, advert"),
        ("id,text,label\n", "has no rows"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "x.csv").write_text(content, encoding="utf-8")

    done = run("evaluate", "quality", tmp_path / "x.csv")

    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.output


def test_a_judge_that_is_none_is_one_sentence(posts, tmp_path):
    (tmp_path / "j.npz").write_bytes(b"nothing")

    done = run("evaluate", "quality", posts, "--judge", tmp_path / "j.npz")

    assert (done.exit_code, "no judge" in done.stderr) == (2, True)
