"""The count of false alarms counts what it says."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from fmbench.record import Record
from fmbench.spec import RunSpec

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def alarms(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("false_alarms")


@pytest.fixture
def pool() -> list[Record]:
    """Return 64 seeds of one model, whose AUC tells which seed it was."""
    scatter = np.random.default_rng(0).normal(0.8, 0.0005, 64)
    return [
        Record(
            spec=RunSpec(name="fm", dataset="kmrd-small", model="fm", seed=seed),
            status="ok",
            metrics={"test": {"auc": auc, "logloss": 1.3 - auc}},
            fingerprint="f" * 64,
        )
        for seed, auc in enumerate(scatter.tolist())
    ]


def test_wilson_is_that_of_the_literature(alarms: ModuleType) -> None:
    # Newcombe (1998), table I: 81 of 263 and 0 of 20.
    assert alarms.wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert alarms.wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)


def test_seeds_are_dealt_once_and_one_model_is_worse(
    alarms: ModuleType, pool: list[Record]
) -> None:
    table = alarms.deal([pool], np.random.default_rng(1), 0.003)
    worse = [r.metrics["test"]["auc"] for r in table if r.spec.model == "m0"]
    others = [r.metrics["test"]["auc"] for r in table if r.spec.model != "m0"]
    assert (len(worse), len(others)) == (10, 40)
    known = np.array([r.metrics["test"]["auc"] for r in pool])
    drawn = [int(np.abs(known - auc).argmin()) for auc in others + [w + 0.003 for w in worse]]
    assert len(set(drawn)) == 50


def test_unlike_models_are_dealt_in_turn_around_one_mean(
    alarms: ModuleType, pool: list[Record]
) -> None:
    wider = [alarms._shifted(r, "auc", 3 * (r.metrics["test"]["auc"] - 0.7)) for r in pool]
    level = alarms.levelled([pool, wider])
    aucs = [[r.metrics["test"]["auc"] for r in of] for of in level]
    assert np.mean(aucs[1]) == pytest.approx(np.mean(aucs[0]))
    assert np.std(aucs[1]) == pytest.approx(4 * np.std(aucs[0]))
    table = alarms.deal(level, np.random.default_rng(1), seeds=3)
    assert len(table) == 15
    for record in table:
        case = int(record.spec.model.removeprefix("m"))
        assert record.metrics["test"]["auc"] in aucs[case % 2]


def test_a_large_gap_is_always_found_and_seldom_one_where_none_is(
    alarms: ModuleType, pool: list[Record]
) -> None:
    random = np.random.default_rng(2)
    found = [alarms.findings(alarms.deal([pool], random, 0.003)) for _ in range(20)]
    assert all(all(each.values()) for each in found)
    said = [alarms.claims(alarms.deal([pool], random)) for _ in range(60)]
    # of 60 tables 3 are 5 %; more than 8 are chance once in a hundred times
    assert all(sum(each[what] for each in said) <= 8 for what in said[0])
    mixed = alarms.deal([pool], random, 0.003)
    assert alarms.claims(mixed)["no gap: more than one group"]


def test_intervals_cover_what_they_should(
    alarms: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarms, "INTERVALS", 2_000)
    values = np.random.default_rng(3).normal(0.8, 0.001, 64).tolist()
    lines = list(alarms.coverage(values, np.random.default_rng(4)))
    shares = [float(share) for line in lines for share in re.findall(r" ([0-9.]+)%  \[", line)]
    assert len(shares) == 3
    assert all(93 < share < 98 for share in shares)
