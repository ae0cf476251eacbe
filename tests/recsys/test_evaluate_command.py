"""`homeroom evaluate`: what it prints and writes, and what it says of files that are wrong."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.evaluate import app

TRAIN = "user,item,timestamp\nAnn,a,1\nAnn,b,2\nBob,a,2026-11-25\nBob,b,2026-11-26T10:00:00+01:00\nCy,a,3\n"
ITEMS = "item,title,text,tags\na,First,How it begins,basics\nb,Second,How it goes on,basics|more\nc,Third,,\n"


def run(folder: Path, *arguments: str, train: str = TRAIN, test: str = "user,item\nCy,b\nDi,a\n"):
    (folder / "t.csv").write_text(train, encoding="utf-8")
    (folder / "x.csv").write_text(test, encoding="utf-8")
    (folder / "i.csv").write_text(ITEMS, encoding="utf-8")
    given = ["recommend", "--train", str(folder / "t.csv"), "--test", str(folder / "x.csv"), *arguments]
    return CliRunner().invoke(app, given)


def test_figures_are_one_object_and_suggestions_a_file(tmp_path):
    done = run(tmp_path, "--items", str(tmp_path / "i.csv"), "--out", str(tmp_path / "r.csv"), "--json")

    found = json.loads(done.stdout)
    with (tmp_path / "r.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert done.exit_code == 0
    assert found["hr_10"] == 1
    assert {"blend", "path", "popularity"} <= found["models"].keys()
    assert any("without training data" in note for note in found["notes"])
    assert [(row["user"], row["rank"], row["item"]) for row in rows] == [("Cy", "1", "b"), ("Cy", "2", "c")]
    assert rows[0]["reason"] == "next in the catalogue"


@pytest.mark.parametrize(
    ("train", "sentence"),
    [
        ("who,item\nAnn,a\n", "has no column 'user'"),
        ("user,item,timestamp\nAnn,a,soon\n", "line 2: 'soon' is no time"),
        ("user,item\n", "has no rows"),
        ("user,item,kind\nAnn,a,liked\n", "'liked' is no kind of event"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path, train, sentence):
    done = run(tmp_path, train=train)

    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    done = CliRunner().invoke(app, ["ratings", str(tmp_path / "none.csv")])

    assert (done.exit_code, done.stderr) == (
        2,
        f"{tmp_path / 'none.csv'} cannot be read: No such file or directory.\n",
    )


def test_ratings_print_each_part(tmp_path):
    rows = [f"u{u},i{i},{3 + (u + i) % 2}" for u in range(12) for i in range(10)]
    (tmp_path / "r.csv").write_text("user,item,rating\n" + "\n".join(rows), encoding="utf-8")

    done = CliRunner().invoke(app, ["ratings", str(tmp_path / "r.csv"), "--splits", "1", "--json"])

    found = json.loads(done.stdout)
    assert found["rmse_blend"] < found["rmse_biases"]
    assert (found["ratings"], found["splits"]) == (120, 1)


def test_too_few_ratings_are_one_sentence(tmp_path):
    (tmp_path / "r.csv").write_text("user,item,rating\nu,i,3\n", encoding="utf-8")

    done = CliRunner().invoke(app, ["ratings", str(tmp_path / "r.csv")])

    assert (done.exit_code, "fewest that say anything" in done.stderr) == (2, True)
