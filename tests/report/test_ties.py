import json
from collections.abc import Callable

import pytest

from fmbench import report
from fmbench.record import Record
from fmbench.report.ties import compare, group

Make = Callable[..., Record]

CLOSE = {0: 0.7900, 1: 0.7912, 2: 0.7895, 3: 0.7903, 4: 0.7908}
BETTER = {seed: auc + 0.01 + 0.0001 * seed for seed, auc in CLOSE.items()}
LIKE = {seed: auc + 0.0002 * (-1) ** seed for seed, auc in CLOSE.items()}


def test_seeds_settle_a_gap_and_leave_a_tie() -> None:
    comparisons = compare({"better": BETTER, "close": CLOSE, "like": LIKE}, {})
    settled = {(c.first, c.second): c.is_settled for c in comparisons}
    assert settled == {
        ("better", "close"): True,
        ("better", "like"): True,
        ("close", "like"): False,
    }
    assert group(["better", "close", "like"], comparisons) == {"better": 1, "close": 2, "like": 2}


def test_a_case_without_common_seeds_is_in_no_group() -> None:
    comparisons = compare({"a": BETTER, "b": CLOSE, "alone": {9: 0.9}}, {})
    assert set(group(["alone", "a", "b"], comparisons)) == {"a", "b"}


def test_what_nothing_compares_with_the_best_is_in_no_group() -> None:
    later = {seed + 10: auc for seed, auc in LIKE.items()}
    comparisons = compare({"better": BETTER, "later": later, "both": CLOSE | later}, {})
    found = group(["better", "both", "later"], comparisons)
    assert found == {"better": 1, "both": 2}


@pytest.mark.parametrize("models", [2, 3])
def test_groups_reach_the_table_and_json(record: Make, models: int) -> None:
    values = {"good": BETTER, "fair": CLOSE, "same": LIKE}
    records = [
        record(model=model, seed=seed, auc=auc)
        for model, by_seed in list(values.items())[:models]
        for seed, auc in by_seed.items()
    ]
    rows = json.loads(report.show(records, "json"))["rows"]
    groups = {row["name"]: row["group"] for row in rows}
    assert groups == dict(list({"good": 1, "fair": 2, "same": 2}.items())[:models])
    shown = report.show(records, "table")
    assert "1 *" in shown
    assert "cannot be told from the best" in shown


def test_one_seed_settles_nothing(record: Make) -> None:
    shown = report.show([record(model="a", auc=0.8), record(model="b", auc=0.7)], "table")
    assert "tie:" not in shown
