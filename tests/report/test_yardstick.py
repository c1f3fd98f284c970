import math
from collections.abc import Callable
from typing import Any

import pytest

from fmbench import report
from fmbench.record import Record
from fmbench.report import split_tables
from fmbench.report.digits import digits
from fmbench.report.yardstick import constant_logloss, lines

Make = Callable[..., Record]


def audit(share: float = 0.5, **more: Any) -> dict[str, Any]:
    part = {"rows": 10_000, "positives": round(10_000 * share), "positive_share": share}
    return {"parts": dict.fromkeys(("train", "valid", "test"), part), **more}


def of(record: Make, values: dict[str, tuple[float, float]], facts: dict[str, Any]) -> list[Record]:
    """Return three seeds of each model; AUC and logloss scatter by a tenth of a thousandth."""
    return [
        record(model=model, seed=seed, auc=auc + 1e-4 * seed, logloss=loss + 1e-4 * seed,
               audit=facts)
        for model, (auc, loss) in values.items()
        for seed in range(3)
    ]  # fmt: skip


def said(records: list[Record]) -> list[str]:
    (table,) = split_tables(records)
    return list(lines(table))


def test_a_constant_guess_has_the_cross_entropy_of_the_two_rates(record: Make) -> None:
    facts = audit(0.2)
    facts["parts"]["test"] = {"rows": 1_000, "positives": 300}
    (table,) = split_tables([record(audit=facts)])
    wanted = -(0.3 * math.log(0.2) + 0.7 * math.log(0.8))
    assert constant_logloss(table) == pytest.approx(wanted)
    assert constant_logloss(split_tables([record(audit={})])[0]) is None


def test_a_model_that_is_no_better_than_a_constant_is_called_so(record: Make) -> None:
    values = {
        "good": (0.7, 0.6),
        "wild": (0.7, 0.8),  # it ranks, and its chances are worse than one for all
        "near": (0.51, math.log(2) - 1e-4),
        "mean": (0.5, math.log(2)),
    }
    records = of(record, values, audit(auc_standard_error=0.01))
    assert said(records) == [
        "NO BETTER than a constant guess, by their intervals, by logloss (0.6931): wild, near; "
        "by AUC (0.5): near"
    ]
    assert "NO BETTER than a constant guess" in report.show(records, "table")
    assert said([r for r in records if r.spec.model == "good"]) == []


def test_a_field_as_good_as_the_best_model_is_likely_a_leak(record: Make) -> None:
    facts = audit(telling_fields={"after": 0.995, "much": 0.96, "some": 0.91})
    (line,) = said(of(record, {"fm": (0.98, 0.1)}, facts))
    assert line.startswith("LEAK, likely: after alone has AUC 0.9950 on validation rows")
    first, second = said(of(record, {"fm": (0.9598, 0.1)}, facts))
    assert (first[14:25], second[14:24]) == ("after alone", "much alone")
    assert "telling" not in report.show(of(record, {"fm": (0.98, 0.1)}, facts), "table")


def test_digits_follow_the_size_of_differences(record: Make) -> None:
    """One positive in a thousand: every logloss reads 0.0074."""
    constant = constant_logloss(split_tables([record(audit=audit(0.001))])[0])
    assert constant is not None
    for seeds in (1, 3):
        records = [
            record(model=f"m{i}", seed=seed, auc=0.7 + 0.02 * i + 1e-3 * seed, audit=audit(0.001),
                   logloss=constant - 5e-4 - 2e-5 * i - 3e-6 * seed)
            for i in range(5)
            for seed in range(seeds)
        ]  # fmt: skip
        (table,) = split_tables(records)
        assert (digits(table, "auc"), digits(table, "logloss")) == (4, 6)
        shown = report.show(records, "table")
        assert f"{constant - 5e-4 - 3e-6 * (seeds - 1) / 2:.6f} ± " in shown


def test_a_rare_class_has_more_digits_whatever_the_spread(record: Make) -> None:
    for share, wanted in ((0.5, 4), (0.01, 5), (0.001, 5), (0.0001, 6)):
        values = {"good": (0.7, 0.001), "fair": (0.6, 0.1), "poor": (0.5, 0.2)}
        (table,) = split_tables(of(record, values, audit(share)))
        assert digits(table, "logloss") == wanted
        assert digits(table, "auc") == 4


def test_digits_stay_where_differences_are_less_than_noise(record: Make) -> None:
    values = {f"m{i}": (0.8 + 1e-6 * i, 0.5 + 1e-6 * i) for i in range(5)}
    (table,) = split_tables(of(record, values, audit()))
    assert (digits(table, "auc"), digits(table, "logloss")) == (4, 4)
    (single,) = split_tables(of(record, {"m": (0.8, 0.5)}, audit()))
    assert digits(single, "logloss") == 4
