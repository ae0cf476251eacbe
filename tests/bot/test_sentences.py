"""Sentences: written out where they are made, said in the language of whoever reads them."""

import ast

import pytest

from bot.importers.errors import ImportProblem, Unfit
from bot.locales.extract import ROOT, SENTENCES
from bot.sentences import Sentence, sentence_of
from bot.texts import load_texts, placeholders
from storage.errors import StorageError

CHINESE = load_texts()("zh_CN")
SAID_FROM = {"refuse", "tell"}
"""Takes a sentence second: no text may stand there by itself."""


def test_a_sentence_is_said_in_english_and_in_the_readers_language():
    found = ImportProblem(
        "None of the first {n} rows can be used, the last because {reason}. Is it the right file?",
        n=1_000,
        reason=Unfit("{what} is missing", what=Sentence("the customer id")),
    )

    assert (
        str(found)
        == found.sentence
        == (
            "None of the first 1,000 rows can be used, the last because the customer id is missing."
            " Is it the right file?"
        )
    )
    assert found.said(CHINESE) == (
        "前 1,000 行都无法使用，最后一行的原因是：客户编号：没有填写。是不是选错了文件？"
    )


@pytest.mark.parametrize("name", ["{file}", "a{0}.json", "100 %s.csv"])
def test_a_files_name_is_never_taken_for_a_placeholder(name: str):
    assert ImportProblem("{file} is empty.", file=name).said(CHINESE) == f"{name} 是空的。"


def test_what_is_wrong_with_the_database_is_said_as_well():
    error = StorageError(
        "The backup cannot be written to {folder}: {reason}.", folder="/mnt", reason="Read-only"
    )

    assert error.sentence == str(error) == "The backup cannot be written to /mnt: Read-only."
    assert sentence_of(error).said(CHINESE) == "备份无法写入 /mnt：Read-only。"


def test_every_sentence_is_written_out_where_it_is_made_and_filled_in_whole():
    wrong, found = [], 0
    for path in sorted((ROOT / "bot").rglob("*.py")):
        constants: dict[str, str] = {}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign(targets=[ast.Name(id=constant)], value=ast.Call(func=ast.Name(id="N_"))):
                    constants[constant] = ast.literal_eval(node.value.args[0])
                case ast.Call(func=ast.Name(id=kind), args=[first, *_]) if kind in SENTENCES:
                    where = f"{path.relative_to(ROOT)}:{node.lineno}"
                    match first:
                        case ast.Constant(value=str(text)):
                            pass
                        case ast.Name(id=constant) if constant in constants:
                            text = constants[constant]
                        case _ if kind == "Refused" and len(node.args) == 3:
                            continue  # a row that was refused, which has its reason
                        case _ if path.name == "sentences.py":
                            continue  # what storage says is marked there
                        case ast.Attribute(value=ast.Name(id="error"), attr="text"):
                            continue  # a feature could not read it, and has marked its sentence
                        case _:
                            wrong.append(where)
                            continue
                    found += 1
                    given = {keyword.arg for keyword in node.keywords}
                    if placeholders(text) != given or len(node.args) > 1:
                        wrong.append(where)
                case ast.Call(func=ast.Attribute(attr=attr), args=[_, told]) if attr in SAID_FROM:
                    if isinstance(told, ast.JoinedStr) or isinstance(getattr(told, "value", None), str):
                        wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}")

    assert wrong == []
    assert found > 100
