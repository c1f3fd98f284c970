"""Published values stand beside the rows of the very same split, in every format."""

import csv
import io
import json
import tomllib
from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from fmbench import report
from fmbench.data import DATASETS
from fmbench.data.options import options
from fmbench.data.registry import SOURCES
from fmbench.record import Record
from fmbench.report.published import CAUTION, FOLDER, published
from fmbench.report.tables import split_tables

Make = Callable[..., Record]

SIZES = {"train": 202_027, "valid": 57_722, "test": 28_860}
"""Rows of Frappe_x1 as they were published."""
FILES = sorted(FOLDER.glob("*.toml"))
every_format = pytest.mark.parametrize("format", ["table", "md", "latex", "html"])
SOURCE = "BARS, leaderboard Frappe_x1 (Zhu et al., 2022"


def audit(sizes: dict[str, int]) -> dict[str, Any]:
    parts = {part: {"rows": n, "positives": n // 3} for part, n in sizes.items()}
    return {"rows_read": sum(sizes.values()), "rows_kept": sum(sizes.values()), "parts": parts}


@pytest.fixture
def records(record: Make) -> list[Record]:
    return [
        record(
            model,
            dataset="frappe-x1",
            dataset_args=options("frappe-x1", {}),
            audit=audit(SIZES),
            auc=auc,
        )
        for model, auc in (("fm", 0.95), ("deepfm", 0.96))
    ]


def changed(records: list[Record], **args: Any) -> list[Record]:

    return [
        replace(one, spec=replace(one.spec, dataset_args={**one.spec.dataset_args, **args}))
        for one in records
    ]


@every_format
def test_shown_with_their_source(records: list[Record], format: str) -> None:
    page = " ".join(report.show(records, format).replace("\\_", "_").split())
    for shown in ("published elsewhere", "DCN-V2", "0.9845", "0.1491", SOURCE, CAUTION[:60]):
        assert shown in page
    if format == "html":
        assert page.index("deepfm") < page.index("DCN-V2")
        assert '<a href="#t1records">DCN-V2' not in page  # no record is behind it


def test_a_known_dataset_is_called_by_its_name(records: list[Record]) -> None:
    shown = report.show(records, "table")
    assert shown.startswith("frappe-x1, fields columns, split given\n")
    assert "file train.csv/valid.csv/test.csv" in " ".join(shown.split())


def test_shown_to_programs(records: list[Record]) -> None:
    (found,) = json.loads(report.show(records, "json"))["published"]
    assert found["source"].startswith(SOURCE)
    assert found["fingerprint"] == records[0].fingerprint
    lines = {line["model"]: (line["auc"], line["logloss"]) for line in found["published"]}
    assert lines["LR"] == (0.9356, 0.3076)
    rows = list(csv.DictReader(io.StringIO(report.show(records, "csv"))))
    ours = [row for row in rows if row["status"] == "ok"]
    theirs = {row["name"]: row for row in rows if row["status"] == "published"}
    assert [row["name"] for row in ours] == ["deepfm", "fm"]
    assert {row["source"] for row in ours} == {""}
    assert theirs["FinalNet"]["auc_mean"] == "0.9857"
    assert theirs["FinalNet"]["logloss_mean"] == "0.1311"
    assert theirs["FinalNet"]["source"].startswith(SOURCE)
    assert theirs["FinalNet"]["auc_n"] == theirs["FinalNet"]["seeds"] == ""
    assert len(theirs) == len(lines)


def test_in_the_folder_of_a_report_too(records: list[Record]) -> None:
    (chapter,) = report.report_of(records).chapters
    assert [section.title for section in chapter.sections[1:2]] == [
        "frappe-x1: published elsewhere"
    ]


def test_they_are_no_rows_of_ours(records: list[Record]) -> None:
    (table,) = split_tables(records)
    assert [row.name for row in table.rows] == ["deepfm", "fm"]
    assert "FinalNet" not in report.show_pairs(records, "table", lambda _: None)
    assert "FinalNet" not in report.show_pareto(records, "table")


@pytest.mark.parametrize("format", ["table", "md", "csv", "json", "html"])
def test_nothing_beside_other_rows(records: list[Record], record: Make, format: str) -> None:
    smaller = [
        record(dataset="frappe-x1", dataset_args=options("frappe-x1", {}), audit=audit(sizes))
        for sizes in ({**SIZES, "train": 201_000}, {**SIZES, "test": 28_800}, {})
    ]
    for others in (
        changed(records, split="random"),
        changed(records, label="label>1"),
        [record("fm")],
        *([one] for one in smaller),
    ):
        page = report.show(others, format)
        assert "published" not in page
        assert "source" not in page or format == "html"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_file_is_of_a_known_dataset_as_it_is_by_default(path: Any, record: Make) -> None:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    name = content["dataset"]
    chosen = {**options(name, {}), "min_count": content["data"].get("min_count", 1)}
    assert abs(int(DATASETS[name].about["rows"]) - sum(content["rows"])) <= 1
    assert set(content["data"]) <= set(chosen)
    assert all(chosen[key] == value for key, value in content["data"].items())
    parts = dict(zip(SIZES, content["rows"], strict=True))
    of = record(dataset=name, dataset_args=chosen, audit=audit(parts))
    (table,) = split_tables([of])
    (found,) = published(table)
    assert found.source == content["source"]
    assert len({line.model for line in found.published}) == len(found.published) >= 16
    for line in found.published:
        assert 0.6 < line.auc < 1
        assert 0.1 < line.logloss < 0.6
    assert SOURCES[name].shared["split"] == "given"
