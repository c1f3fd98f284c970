"""The front against its definition, and how ties and beaten models are named."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench import report
from fmbench.record import Record
from fmbench.report.pareto import front

Make = Callable[..., Record]

points = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=12)


@given(points)
def test_the_front_is_what_nothing_dominates(points: list[tuple[int, int]]) -> None:
    def is_dominated(a: tuple[int, int]) -> bool:
        return any(b[0] >= a[0] and b[1] >= a[1] and b != a for b in points)

    assert front(points) == [not is_dominated(point) for point in points]


@pytest.fixture
def records(record: Make) -> list[Record]:
    """Return a fast model, a slow one that is better, one a hair better yet, and one beaten."""
    of = {
        "fast": (0.7800, 900.0, 1.0),
        "good": (0.7900, 500.0, 3.0),
        "hair": (0.7901, 400.0, 0.5),
        "poor": (0.7700, 450.0, 2.0),
    }
    wobble = [0.0, 0.0004, -0.0004]
    turned = {"hair": [0.0004, -0.0004, 0.0]}
    return [
        record(
            model=model,
            seed=seed,
            auc=auc + turned.get(model, wobble)[seed],
            samples={"train_samples_per_s": [1.0, speed]},
            time_to_best_s=best,
        )
        for model, (auc, speed, best) in of.items()
        for seed in range(3)
    ]


def places(records: list[Record]) -> dict[tuple[str, str], Any]:
    found = json.loads(report.show_pareto(records, "json"))["pareto"]
    return {(place["cost"], place["name"]): place for place in found}


def test_who_is_on_the_front_and_who_is_beaten_by_whom(records: list[Record]) -> None:
    found = places(records)
    speed, time = "train_samples_per_s", "time_to_best_s"
    assert len(found) == 8
    known = {
        key: (place["on_front"], place["beaten_by"], place["tied_with"])
        for key, place in found.items()
    }
    assert known == {
        (speed, "fast"): (True, None, None),
        (speed, "good"): (True, None, None),
        (speed, "hair"): (True, None, "good"),
        (speed, "poor"): (False, "good", None),
        (time, "fast"): (False, "hair", None),
        (time, "good"): (False, "hair", None),
        (time, "hair"): (True, None, None),
        (time, "poor"): (False, "hair", None),
    }


def test_the_grid_says_it_in_words(records: list[Record]) -> None:
    shown = report.show_pareto(records, "table")
    (line,) = (line for line in shown.splitlines() if line.startswith("hair"))
    assert line.split()[4:] == ["400", "tied:", "good", "0.50", "yes"]
    (line,) = (line for line in shown.splitlines() if line.startswith("poor"))
    assert "no: good" in line
    assert "no: hair" in line


def test_a_model_without_an_auc_stands_there_and_is_on_no_front(record: Make) -> None:
    records = [record(model="fm"), record(model="lr", auc=None)]
    assert {name for _, name in places(records)} == {"fm"}
    (line,) = (line for line in report.show_pareto(records, "table").splitlines() if "lr " in line)
    assert line.split()[1] == "–"


@pytest.mark.parametrize("form", ["md", "html", "latex"])
def test_every_format_shows_it(form: str, records: list[Record]) -> None:
    assert "tied: good" in report.show_pareto(records, form)


def test_csv_holds_what_json_holds(records: list[Record]) -> None:
    rows = list(csv.DictReader(io.StringIO(report.show_pareto(records, "csv"))))
    for row, place in zip(rows, places(records).values(), strict=True):
        assert (row["cost"], row["name"]) == (place["cost"], place["name"])
        assert float(row["value_mean"]) == place["value"]["mean"]


def test_a_model_under_two_settings_is_told_apart(record: Make) -> None:
    records = [
        record(auc=0.79, time_to_best_s=1.0),
        record(auc=0.78, time_to_best_s=2.0, model_args={"embed_dim": 8}),
    ]
    shown = report.show_pareto(records, "table")
    assert f"no: fm ({records[0].spec.case[:6]})" in shown
    assert f"fm ({records[1].spec.case[:6]})  0.7800" in shown
