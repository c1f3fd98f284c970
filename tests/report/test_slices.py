"""Slices: each against the plain metrics of its rows, families that part the rows, the grids."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmbench import report
from fmbench.metrics import METRICS, evaluate
from fmbench.record import Record
from fmbench.report import Scored, Traits
from fmbench.report.slices import cut
from fmbench.stats import two_way_bootstrap

Make = Callable[..., Record]

QUALITY = [metric.name for metric in METRICS.values() if metric.compute]
ROWS = 1_200
NOISE = {"good": 0.5, "fair": 2.0, "also": 2.0}


@pytest.fixture
def records(record: Make) -> list[Record]:
    return [record(model=model, seed=seed) for model in NOISE for seed in range(3)]


def known(records: Sequence[Record]) -> tuple[Scored, Traits]:
    """Made-up rows: users of every activity; nine rows, all positive, have an unseen item."""
    random = np.random.default_rng(0)
    users = random.integers(300, size=ROWS)
    labels = random.random(ROWS) < 0.6
    labels[:9] = True
    noise = random.normal(size=(3, ROWS))
    logits = {
        (r.spec.case, r.spec.seed): (
            labels + NOISE[r.spec.model] * noise[r.spec.seed] + random.normal(0, 0.01, ROWS)
        ).astype(np.float32)
        for r in records
    }
    activity = random.choice([0, 1, 3, 10, 50], 300)
    items = 1 + random.integers(400, size=ROWS)
    items[:9] = 0
    times = 1_400_000_000 + random.integers(10**8, size=ROWS)
    return Scored(labels, users, logits), Traits(len(users), activity[users], items, times)


def parts(records: Sequence[Record]) -> list[dict[str, Any]]:
    shown = report.show_slices(records, "json", lambda table: known(records))
    found: list[dict[str, Any]] = json.loads(shown)["slices"]
    return found


counts = st.lists(st.integers(0, 60), min_size=1, max_size=60)


@given(counts, st.integers(0, 2**32 - 1))
def test_each_family_parts_the_rows(ratings: list[int], seed: int) -> None:
    random = np.random.default_rng(seed)
    user = np.array(ratings)
    items, times = random.integers(5, size=len(user)), random.integers(10**10, size=len(user))
    families: dict[str, list[Any]] = {}
    for each in cut(Traits(len(times), user, items, times)):
        families.setdefault(each.family, []).append(each)
    assert list(families) == ["all", "user", "item", "activity", "popularity", "time"]
    for of in families.values():
        assert np.sum([each.mask for each in of], axis=0).tolist() == [1] * len(user)
        assert len({each.name for each in of}) == len(of)


def test_slices_hold_the_rows_that_their_names_say() -> None:
    user = np.array([0, 1, 2, 4, 5, 19, 20, 700])
    items = np.array([0, 3, 3, 3, 4, 5, 6, 7])
    times = 86_400 * np.array([0, 1, 2, 3, 4, 5, 6, 7])
    of = {
        each.name: np.flatnonzero(each.mask).tolist()
        for each in cut(Traits(len(times), user, items, times))
    }
    assert of == {
        "all rows": [0, 1, 2, 3, 4, 5, 6, 7],
        "user seen": [1, 2, 3, 4, 5, 6, 7],
        "user unseen": [0],
        "item seen": [1, 2, 3, 4, 5, 6, 7],
        "item unseen": [0],
        "0 ratings": [0],
        "1": [1],
        "2 to 4": [2, 3],
        "5 to 19": [4, 5],
        "20 or more": [6, 7],
        "0 to 0": [0],
        "3 to 4": [1, 2, 3, 4],
        "5 to 7": [5, 6, 7],
        "1970-01-01 to 1970-01-02": [0, 1],
        "1970-01-03 to 1970-01-04": [2, 3],
        "1970-01-05 to 1970-01-06": [4, 5],
        "1970-01-07 to 1970-01-08": [6, 7],
    }


def test_without_items_the_other_slices_are_there() -> None:
    user, times = np.array([0, 1, 3]), np.arange(3)
    whole, without = (
        {each.family for each in cut(Traits(len(times), user, of, times))} for of in (user, None)
    )
    assert whole - without == {"item", "popularity"}


def test_times_of_one_day_are_told_apart() -> None:
    none = np.zeros(8, np.int64)
    names = [
        each.name for each in cut(Traits(8, none, none, np.arange(8))) if each.family == "time"
    ]
    assert names[0] == "1970-01-01T00:00:00 to 1970-01-01T00:00:01"
    assert len(set(names)) == 4


def test_each_metric_is_that_of_the_slices_rows(records: list[Record]) -> None:
    scored, traits = known(records)
    masks = {(each.family, each.name): each.mask for each in cut(traits)}
    found = parts(records)
    assert {(part["family"], part["slice"]) for part in found} == masks.keys()
    assert len(found) == 3 * len(masks)
    for part in found:
        mask = masks[part["family"], part["slice"]]
        labels, users = scored.labels[mask], scored.users[mask]
        assert part["rows"] == mask.sum()
        assert part["users"] == len(set(users.tolist()))
        assert part["positive_share"] == labels.mean()
        each = [
            evaluate(labels, logits[mask].astype(np.float64), users)
            for (case, _), logits in scored.logits.items()
            if case == part["case"]
        ]
        for metric in QUALITY:
            values, interval = [of[metric] for of in each], part["metrics"][metric]
            if None in values:
                assert interval == {"mean": None, "low": None, "high": None, "n": 0}
                assert part["undefined"][metric]
            else:
                assert interval["mean"] == pytest.approx(np.mean(values))  # type: ignore[arg-type]
                assert interval["n"] == 3
                assert interval["low"] is None or interval["low"] < interval["mean"]
                assert metric not in part["undefined"]


@pytest.mark.parametrize("metric", ["auc", "logloss"])
def test_intervals_are_about_those_of_the_bootstrap(metric: str, records: list[Record]) -> None:
    scored, _ = known(records)
    logits = {record.spec.case: [] for record in records}  # type: ignore[var-annotated]
    for (case, _), each in scored.logits.items():
        logits[case].append(each)
    drawn = two_way_bootstrap(scored.labels, scored.users, logits, metric, draws=400)
    for part in parts(records)[:3]:
        low, high = np.quantile(
            drawn.users[part["case"]] + drawn.shifts[part["case"]], [0.025, 0.975]
        )
        interval = part["metrics"][metric]
        assert interval["high"] - interval["low"] == pytest.approx(high - low, rel=0.25)


def test_a_slice_of_one_class_is_shown_with_the_reason(records: list[Record]) -> None:
    (part, *_) = [each for each in parts(records) if each["slice"] == "item unseen"]
    assert part["undefined"]["auc"] == "all rows are of one class (9 rows)"
    assert part["metrics"]["logloss"]["mean"] > 0
    shown = report.show_slices(records, "table", lambda table: known(records))
    assert "UNDEFINED: auc of item unseen: all rows are of one class (9 rows)" in shown
    assert "± –: fewer than 10 users" in shown


def test_only_what_is_clearly_best_is_marked(records: list[Record]) -> None:
    whole = {part["name"]: part["best"] for part in parts(records)[:3]}
    assert whole["good"] == {"auc": True, "logloss": True}
    assert whole["fair"] == whole["also"] == {"auc": False, "logloss": False}
    alike = [record for record in records if record.spec.model != "good"]
    assert all(
        part["best"] == {"auc": True, "logloss": True} for part in parts(alike)[:2]
    )  # all rows


def test_one_seed_compares_nothing_and_is_shown(records: list[Record]) -> None:
    first = [record for record in records if record.spec.seed == 0]
    for part in parts(first):
        assert part["best"] == {}
    interval = parts(first)[0]["metrics"]["auc"]
    assert interval["low"] < interval["mean"] < interval["high"]
    assert " *" not in report.show_slices(first, "table", lambda table: known(first))


@pytest.mark.parametrize("form", ["table", "md", "html", "latex"])
def test_every_format_shows_every_grid(form: str, records: list[Record]) -> None:
    shown = report.show_slices(records, form, lambda table: known(records))
    for metric in ("AUC", "logloss, nats"):
        assert f"{metric}, by ratings of the user in training" in shown
    assert shown.count("20 or more") == 2
    assert shown.count("half width of the 95") == 1


def test_csv_holds_what_json_holds(records: list[Record]) -> None:
    shown = report.show_slices(records, "csv", lambda table: known(records))
    rows = list(csv.DictReader(io.StringIO(shown)))
    for row, part in zip(rows, parts(records), strict=True):
        assert (row["family"], row["slice"], row["case"]) == (
            part["family"], part["slice"], part["case"],
        )  # fmt: skip
        assert float(row["logloss_mean"]) == part["metrics"]["logloss"]["mean"]
        assert row["undefined_auc"] == part["undefined"].get("auc", "")
        assert row["best_auc"] == str(part["best"].get("auc", ""))


def test_without_predictions_it_says_so(records: list[Record]) -> None:
    shown = report.show_slices(records, "table", lambda table: None)
    assert "NOT SLICED: predictions or data are out of reach" in shown
    assert json.loads(report.show_slices(records, "json", lambda table: None))["slices"] == []
