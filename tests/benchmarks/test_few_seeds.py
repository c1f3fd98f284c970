"""The count of what few seeds tell apart counts what it says."""

import importlib
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("few_seeds")


def test_what_is_drawn_has_the_scatter_that_was_measured(few: ModuleType) -> None:
    random = np.random.default_rng(0)
    measured = random.normal(0, 1, (2, 3, 10)) * np.array([1.0, 5.0, 0.0])[:, None]
    drawn = few.draw(measured, np.array([0.0, 7.0, 9.0]), 20_000, random)
    for model in range(3):
        assert np.cov(drawn[:, model]) == pytest.approx(np.cov(measured[:, model]), rel=0.05)
    assert drawn[0].mean(axis=1) == pytest.approx([0.0, 7.0, 9.0], abs=0.1)


def test_rules_tell_apart_what_is_far_apart(few: ModuleType) -> None:
    random = np.random.default_rng(1)
    values = random.normal(0, 1, (2, 4, 10))
    values[0, 3] += 50
    far = frozenset({(0, 3), (1, 3), (2, 3)})
    assert few.by_report(values) == few.by_seed(values) == few.knowing(np.ones(4))(values) == far


def test_a_line_counts_claims_and_finds(few: ModuleType) -> None:
    random = np.random.default_rng(2)
    measured = random.normal(0, 1, (2, 4, 10))
    measured[0] -= measured[0].mean(axis=1, keepdims=True)
    measured[0, 3] += 500
    lines = list(few.count(measured, 20))
    assert len(lines) == 6
    shares = [float(re.findall(r"apart +([0-9.]+)%", line)[0]) for line in lines]
    assert all(50 <= share < 60 for share in shares)  # of six pairs three, and chance
    assert "real: 100.0% of the 3 that" in lines[0]
    false = [float(each) for line in lines for each in re.findall(r"claims +([0-9.]+)%", line)]
    assert len(false) == 4
    assert all(share <= 15 for share in false)
