"""Reports of studies: every format tells the same, and a name stays a name."""

import csv
import io
import json
from collections.abc import Sequence

import pytest

from fmbench import ablation, pages
from fmbench.ablation import analyse
from fmbench.ablation.analysis import Analysis
from fmbench.ablation.study import Study

from .conftest import PARTS, records_of, study_of

HOSTILE = "<b>|=1+1\x1b[31m"


def auc(name: str, seed: int) -> float:
    return 0.79 + 0.001 * seed - 0.01 * name.startswith("no ") + 1e-5 * (seed * len(name) % 3)


def analysis_of(study: Study) -> Analysis:
    return analyse(study, records_of(study, auc))


def show(analyses: Sequence[Analysis], form: str) -> str:
    records = [record for each in analyses for record in records_of(each.study, auc)]
    return ablation.show(analyses, records, form)


@pytest.mark.parametrize("form", ["table", "md", "latex", "html"])
def test_people_read_every_part(parts: Study, form: str) -> None:
    shown = show([analysis_of(parts)], form)
    for words in ("no deep part, as large", "without hour", "response to", "what fields are worth"):
        assert words in shown
    assert "parts and what they do together" in shown
    assert "10 questions of the plan" in shown
    assert "needed" in shown


def test_a_control_stands_behind_its_variant(parts: Study) -> None:
    lines = show([analysis_of(parts)], "table").split("\n")
    places = [i for i, line in enumerate(lines) if line.startswith("no deep part")]
    assert len(places) == 2
    assert places[1] == places[0] + 1


def test_json_and_csv_hold_the_numbers_that_people_see(parts: Study) -> None:
    analysis = analysis_of(parts)
    (plan,) = json.loads(show([analysis], "json"))["plans"]
    rows = list(csv.DictReader(io.StringIO(show([analysis], "csv"))))
    assert [row["variant"] for row in rows] == [effect["name"] for effect in plan["effects"]]
    for row, effect in zip(rows, plan["effects"], strict=True):
        assert float(row["difference"]) == effect["judged"]["paired"]["mean"]
        assert float(row["p"]) == effect["judged"]["p"]
        assert row["verdict"] == effect["judged"]["verdict"]
    assert plan["study"]["plan"]["question"] == "?"


@pytest.mark.parametrize("form", pages.FORMATS)
def test_names_are_inert(form: str) -> None:
    study = study_of({**PARTS, "question": HOSTILE, "variants": {HOSTILE: {"model": "fm"}}})
    shown = show([analysis_of(study)], form)
    assert "\x1b" not in shown
    if form in ("md", "html"):
        assert "<b>" not in shown


def test_no_plans_are_no_error() -> None:
    assert json.loads(show([], "json"))["plans"] == []
    assert show([], "table") == ""
