"""Proposals: from files and wishes to the options of a table, which another look gives again."""

from pathlib import Path
from typing import Any

import pytest

from fmbench.data.infer import propose as module
from fmbench.data.infer.propose import Proposal, propose
from fmbench.data.options import options
from fmbench.data.readers.reading import Reading
from fmbench.errors import DataError, UnknownName, UsageError

HEAD = "user_id,item_id,click,age\n"
ROWS = [f"u{i % 7},i{i % 5},{int(i % 3 == 0)},{i * 7 % 50}\n" for i in range(60)]


def proposed(folder: Path, content: str = HEAD + "".join(ROWS), **args: Any) -> Proposal:
    (folder / "a.csv").write_text(content)
    return propose(folder, {"file": "a.csv", **args})


def test_a_proposal_holds_all_options(tmp_path: Path) -> None:
    found = proposed(tmp_path)
    assert found.options == {
        "file": "a.csv",
        "reading": {"format": "delimited", "columns": ["user_id", "item_id", "click", "age"]},
        "label": "click=1",
        "user": "user_id",
        "item": "item_id",
        "time": "",
        "part": "",
        "numeric": ["age", "click"],
        "multi": {},
        "unused": [],
    }
    assert found.reading == Reading(format="delimited", columns=HEAD.strip().split(","))
    assert (found.survey.rows, found.survey.is_whole) == (60, True)
    assert options("table", found.options)["fields"] == "columns"


def test_what_all_datasets_take_is_left_alone(tmp_path: Path) -> None:
    said = {"split": "random", "ratios": [0.5, 0.25, 0.25], "min_count": 3, "fields": "ids"}
    found = proposed(tmp_path, **said).options
    assert {key: found[key] for key in said} == said


READING: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # case: the text, wishes, and what of the reading they lead to
    "names": (
        "".join(ROWS),
        {"columns": ["user", "item", "label", "age"]},
        {"columns": ["user", "item", "label", "age"], "header": False},
    ),
    "no names": ("".join(ROWS), {}, {"columns": ["c1", "c2", "c3", "c4"], "header": False}),
    "a header that is none": (
        "a,b\n" * 30 + "c,d\n",
        {"header": False, "label": "c2=b"},
        {"header": False},
    ),
    "delimiter": (HEAD.replace(",", "~") + ROWS[0].replace(",", "~"), {"delimiter": "~"},
                  {"delimiter": "~"}),
    "encoding": (HEAD + "".join(ROWS), {"encoding": "cp949"}, {"encoding": "cp949"}),
    "no quotes": (HEAD + 'a"b,i,1,2\n' + "".join(ROWS), {"quotes": False}, {"quotes": False}),
}  # fmt: skip


@pytest.mark.parametrize("case", READING)
def test_wishes_for_the_reading_become_one_option(case: str, tmp_path: Path) -> None:
    content, wishes, reading = READING[case]
    found = proposed(tmp_path, content, **wishes).options
    assert {key: found["reading"][key] for key in reading} == reading
    assert not {*module.TRANSIENT} & found.keys()


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "a wish of another type": ({"numeric": "age"}, UsageError, "data: Expected `array | null`"),
    "an unknown format": ({"format": "json"}, UsageError, "data: Invalid enum value 'json'"),
    "another format": ({"format": "parquet"}, DataError, "a.csv: is no Parquet; expected it"),
    "too few names": ({"columns": ["a"]}, DataError, "a.csv: 4 columns; expected 1, as was said"),
    "an unknown column": ({"user": "me"}, UnknownName, "unknown column 'me'"),
    "an unknown encoding": ({"encoding": "utf-99"}, UsageError, "the encoding is 'utf-99'"),
    "no such file": ({"file": "b.csv"}, DataError, "b.csv: no such file"),
    "no second file": ({"file": ["a.csv", "b.csv"]}, DataError, "b.csv: no such file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_makes_no_sense_is_refused(case: str, tmp_path: Path) -> None:
    args, kind, words = REFUSED[case]
    with pytest.raises(kind) as error:
        proposed(tmp_path, **args)
    assert words in str(error.value)


OTHERS: dict[str, tuple[str, str]] = {
    "other columns": (
        HEAD.replace("age", "years") + ROWS[0],
        "b.csv: its columns are user_id, item_id, click, years; expected those of",
    ),
    "another order": ("item_id,user_id,click,age\n" + ROWS[0], "expected those of"),
    "another delimiter": (
        (HEAD + ROWS[0]).replace(",", ";"),
        "b.csv: is not written as",
    ),
    "no header": (ROWS[0], "b.csv: its columns are c1, c2, c3, c4; expected those of"),
}


@pytest.mark.parametrize("case", OTHERS)
def test_files_of_one_table_are_alike(case: str, tmp_path: Path) -> None:
    content, words = OTHERS[case]
    (tmp_path / "b.csv").write_text(content)
    with pytest.raises(DataError) as error:
        proposed(tmp_path, file=["a.csv", "b.csv"])
    assert words in str(error.value)


def test_files_are_looked_at_one_after_another(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(HEAD + "u1,i1,0,old\n")
    found = proposed(tmp_path, file=["a.csv", "b.csv"])
    assert found.survey.rows == 61
    assert found.options["numeric"] == ["click"]
    assert "split" not in found.options


def test_files_that_are_parts_are_split_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text(HEAD + ROWS[0])
    files = {"file": ["a.csv", "b.csv"], "parts": ["train", "test"]}
    found = proposed(tmp_path, **files)
    assert found.options["split"] == "given"
    assert found.found.notes[-1] == "split: given, as the data says which part a row is of"
    assert proposed(tmp_path, **files, split="random").options["split"] == "random"


def test_a_column_of_parts_splits(tmp_path: Path) -> None:
    rows = [f"u{i % 7},{i % 2},{('train', 'valid', 'test')[i % 3]}\n" for i in range(30)]
    found = proposed(tmp_path, "user,click,split\n" + "".join(rows)).options
    assert (found["part"], found["split"]) == ("split", "given")
    other = proposed(tmp_path, "user,click,split\n" + "".join(rows), part="none").options
    assert (other["part"], "split" in other) == ("", False)


def test_what_libsvm_says_of_its_columns(tmp_path: Path) -> None:
    rows = [f"{i % 2} 1:{i % 7}.5 2:{i % 3}\n" for i in range(40)]
    (tmp_path / "a.svm").write_text("".join(rows))
    found = propose(tmp_path, {"file": "a.svm"})
    assert found.reading.format == "libsvm"
    assert found.options["label"] == "label=1"
    kinds = {each.seen.name: each.kind for each in found.found.columns}
    assert kinds == {"label": "numbers", "1": "numbers", "2": "numbers"}
