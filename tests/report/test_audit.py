"""The audit above a table and on the page, with facts that nobody foresaw, and files as titles."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from fmbench import report
from fmbench.record import Record
from fmbench.report import audit
from fmbench.report.words import option

from .conftest import ARGS, AUDIT

Make = Callable[..., Record]

GUESSES = ["label is income: its last column, of two words", "age is numeric: 73 values"]
NEW = {
    "labels": "<=50K (75.9 %), >50K (24.1 %)",
    "guesses": GUESSES,
    "dropped": {"fnlwgt": "unique per row", "rows without label": 1_234},
    "empty_share": 0.25,
}
OWN = {
    **ARGS,
    "file": "adult.csv",
    "fields": "columns",
    "multi": {"genres": "|", "tags": ","},
    "without": [f"c{i}" for i in range(30)],
    "numeric": ["age"],
}


def shown(record: Make, form: str) -> str:
    own = record(dataset="table", dataset_args=OWN, audit={**AUDIT, **NEW})
    found = report.show([own], form)
    return found if form in ("json", "csv") else " ".join(found.split())


def test_a_new_fact_is_a_line_and_a_list_a_line_for_each() -> None:
    lines = list(audit.lines({**AUDIT, **NEW}))
    assert lines[: -len(NEW) - 2] == list(audit.lines(AUDIT))
    assert lines[-6:] == [
        "Labels: <=50K (75.9 %), >50K (24.1 %)",
        f"Guesses: {GUESSES[0]}",
        f"Guesses: {GUESSES[1]}",
        "Dropped fnlwgt: unique per row",
        "Dropped rows without label: 1,234",
        "Empty share: 25.0 %",
    ]


def test_the_page_has_every_fact_by_name() -> None:
    facts = list(audit.facts({**AUDIT, **NEW}))
    assert ("train rows", "107,464") in facts
    assert ("test positive share", "67.5 %") in facts
    assert ("users", "52,028") in facts
    assert [text for name, text in facts if name == "guesses"] == GUESSES
    assert ("dropped rows without label", "1,234") in facts


@pytest.mark.parametrize(
    ("absent", "said"),
    [
        (("users",), "Audit: 0.0 % of the test rows have an item that training has not seen"),
        (("items",), "Audit: 27.1 % of the test rows have a user that training has not seen"),
    ],
)
def test_a_role_that_is_absent_leaves_the_other(absent: tuple[str, ...], said: str) -> None:
    lines = list(audit.lines({key: of for key, of in AUDIT.items() if key not in absent}))
    assert said in lines
    assert not any("pair" in line for line in lines)


def test_without_an_audit_nothing_is_known_to_be_absent() -> None:
    assert audit.lacking({}) == []
    assert audit.lacking({"rows_read": 1}) == ["user", "item", "time"]


@pytest.mark.parametrize("form", ["table", "md", "html", "latex"])
def test_a_table_of_a_file_is_called_by_it(record: Make, form: str) -> None:
    found = shown(record, form)
    assert "adult.csv, fields columns, split random" in found
    assert "kmrd-small" not in found
    assert "file adult.csv" not in found.partition("Seeds:")[0]


def test_options_that_nest_or_are_long_read_well(record: Make) -> None:
    found = shown(record, "table")
    assert "multi (genres: '|', tags: ',')" in found
    assert "without c0/c1/c2/c3/c4/c5/c6/c7/… (30 in all)" in found
    assert "c29" in shown(record, "html")  # the page has them all, folded
    about = json.loads(shown(record, "json"))["tables"][0]
    assert about["dataset_args"]["multi"] == OWN["multi"]
    assert about["audit"]["guesses"] == GUESSES
    for form in ("md", "latex", "html"):
        assert "genres" in shown(record, form)


def test_csv_names_the_file_where_there_is_one(record: Make) -> None:
    both = report.show([record(dataset_args=OWN), record(dataset_args=ARGS)], "csv")
    files = {row["fields"]: row["file"] for row in csv.DictReader(io.StringIO(both))}
    assert files == {"ids": "", "columns": "adult.csv"}
    assert "file" not in report.show([record()], "csv").splitlines()[0].split(",")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([0.8, 0.1, 0.1], "0.8/0.1/0.1"),
        (["a.csv", "b.csv"], "a.csv/b.csv"),
        ({"a": [1, 2], "b": {"c": "\t"}}, r"(a: 1/2, b: (c: '\t'))"),
        ("rate>9", "rate>9"),
        (True, "True"),
    ],
)
def test_an_option_is_written_as_one_reads_it(value: object, text: str) -> None:
    assert option(value) == text


def test_rows_without_a_label_are_told_of_those_dropped() -> None:
    (line,) = (
        line
        for line in audit.lines({**AUDIT, "rows_unlabelled": 1_234})
        if line.startswith("Audit: ") and "rows read" in line
    )
    assert "6,379 dropped, 1,234 of them as they have no label; " in line
    assert not any("no label" in line for line in audit.lines(AUDIT))
