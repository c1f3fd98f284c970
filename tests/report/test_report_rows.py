from collections.abc import Callable
from random import Random

import pytest

from fmbench.measured import measured
from fmbench.metrics import METRICS
from fmbench.record import Record
from fmbench.report import words
from fmbench.report.rows import BEST_TO_WORST, Failure, build_rows, is_deterministic
from fmbench.report.tables import split_tables
from fmbench.stats import Interval

Make = Callable[..., Record]


def test_a_row_draws_its_seeds_together(record: Make) -> None:
    (row,) = build_rows([record(seed=2, auc=0.8), record(seed=0, auc=0.7), record(seed=1, auc=0.9)])
    assert (row.name, row.model, row.dataset) == ("fm", "fm", "kmrd-small")
    assert row.seeds == (0, 1, 2)
    assert row.status == "ok"
    assert row.parameters == 888_123
    assert row.group is None
    assert row.failures == ()
    auc = row.metrics["auc"]
    assert auc.mean == pytest.approx(0.8)
    assert auc.low == pytest.approx(0.8 - 0.2484138, abs=1e-6)
    assert auc.n == 3


def test_seeds_that_change_nothing_count_once(record: Make) -> None:
    """Ten records of what ignores its seed would have an interval of width 0."""
    same = [record("means", seed, auc=0.7, predictions="a" * 64) for seed in range(3)]
    others = [record(seed=s, auc=0.8 + s / 1000, predictions=str(s) * 64) for s in range(3)]
    table = split_tables([*same, *others])[0]
    rows = {row.name: row for row in table.rows}
    assert rows["means"].metrics["auc"] == Interval(0.7, None, None, 1)
    assert rows["means"].metrics["predict_latency_p50_ms"].n == 3
    assert rows["fm"].metrics["auc"].n == 3
    assert (rows["fm"].group, rows["means"].group) == (1, 2)
    (line,) = (line for line in words.below(table, ["auc"]) if "Deterministic" in line)
    assert line.startswith("Deterministic: means; every seed gave the same predictions")
    assert not is_deterministic([record(), record()])  # without predictions none can tell


def test_timings_come_from_the_raw_samples(record: Make) -> None:
    values = measured(record())
    # the first epoch, 1000 rows/s, does not count: median of 400,000, 500,000 and 411,400
    assert values["train_samples_per_s"] == 411_400.0
    assert values["predict_samples_per_s"] == 1_234_567.0
    assert values["predict_latency_p50_ms"] == pytest.approx(0.3)
    assert values["predict_latency_p99_ms"] == pytest.approx(0.496)  # 0.96 of the way to 0.5
    assert values["time_to_best_s"] == 3.456
    assert values["peak_rss_mib"] == 412.4


def test_a_single_epoch_counts(record: Make) -> None:
    values = measured(record(samples={"train_samples_per_s": [7.0]}))
    assert values["train_samples_per_s"] == 7.0
    assert values["predict_latency_p50_ms"] is None


def test_every_metric_is_in_every_row_and_validation_is_in_none(record: Make) -> None:
    (row,) = build_rows([record(auc=0.79)])
    assert list(row.metrics) == list(METRICS)
    assert row.metrics["auc"] == Interval(0.79, None, None, 1)
    assert row.metrics["gauc"].n == 0


def test_failed_seeds_count_for_nothing_but_are_told(record: Make, failure: Make) -> None:
    (row,) = build_rows([record(seed=0, auc=0.7), failure(seed=1), record(seed=2, auc=0.9)])
    assert row.seeds == (0, 1, 2)
    assert row.status == "diverged"
    assert row.metrics["auc"].mean == pytest.approx(0.8)
    assert row.metrics["auc"].n == 2
    assert row.parameters == 888_123
    assert row.failures == (Failure(1, "diverged", "loss is nan"),)


def test_the_worst_status_is_the_row_s(record: Make, failure: Make) -> None:
    seen = [record(seed=0)]
    for seed, status in enumerate(BEST_TO_WORST[1:], start=1):
        seen.append(failure(seed=seed, status=status))
        assert build_rows(seen)[0].status == build_rows(seen[::-1])[0].status == status


def test_a_case_of_nothing_but_failures_is_a_row(failure: Make) -> None:
    (row,) = build_rows([failure(seed=0), failure(seed=1)])
    assert row.parameters is None
    assert set(row.metrics.values()) == {Interval(None, None, None, 0)}


def test_a_seed_that_is_there_twice_counts_once(record: Make, failure: Make) -> None:
    (row,) = build_rows([failure(seed=0), record(seed=0, auc=0.7)])
    assert row.seeds == (0,)
    assert row.status == "ok"
    assert row.metrics["auc"] == Interval(0.7, None, None, 1)


def test_best_first_undefined_last_whatever_the_order(record: Make, failure: Make) -> None:
    records = [
        record("lr", auc=0.7),
        record("fm", auc=0.9),
        record("dnn", auc=None),
        failure("wide_deep"),
        record("deepfm", auc=0.8),
        record("twin_b", auc=0.6),
        record("twin_a", auc=0.6),
    ]
    expected = ["fm", "deepfm", "lr", "twin_a", "twin_b", "dnn", "wide_deep"]
    for seed in range(5):
        Random(seed).shuffle(records)
        assert [row.name for row in build_rows(records)] == expected


def test_splits_are_never_mixed(record: Make) -> None:
    full = {"fields": "full", "split": "random"}
    tables = split_tables(
        [
            record("fm", dataset="kmrd-synth", fingerprint="c"),
            record("fm", dataset_args=full, fingerprint="b"),
            record("lr", fingerprint="a"),
            record("fm", fingerprint="a"),
            record("fm", fingerprint="z"),  # the same options, yet other rows
        ]
    )
    found = [(t.dataset, t.fingerprint, [row.name for row in t.rows]) for t in tables]
    assert found == [
        ("kmrd-small", "a", ["fm", "lr"]),
        ("kmrd-small", "z", ["fm"]),
        ("kmrd-small", "b", ["fm"]),
        ("kmrd-synth", "c", ["fm"]),
    ]


def test_a_failed_cell_stands_with_those_that_asked_for_the_same_rows(
    record: Make, failure: Make
) -> None:
    (table,) = split_tables([failure("dnn"), record("fm", fingerprint="a")])
    assert table.fingerprint == "a"
    assert table.audit
    assert [row.name for row in table.rows] == ["fm", "dnn"]


def test_a_table_of_failures_has_no_audit(failure: Make) -> None:
    (table,) = split_tables([failure("dnn")])
    assert table.fingerprint is None
    assert table.audit == {}


def test_different_environments_are_kept_apart(record: Make) -> None:
    here, there = {"cpu": "here"}, {"cpu": "there"}
    seen = [there, here, there]
    (table,) = split_tables([record(seed=s, environment=e) for s, e in enumerate(seen)])
    assert table.environments == [here, there]
